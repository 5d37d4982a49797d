using System.Text.Json;

namespace Repro.Core.Models;

/// <summary>Reads and writes <c>config.json</c> in the Hugging Face form.</summary>
public static class ModelConfigFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string Name = "config.json";

    // Far above every published model; keeps a wrong file from asking for absurd amounts.
    private const int MostLayers = 4096;

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ReproException">The file cannot be read, names an unknown family, lacks a key, or asks for something that is not
    /// supported.</exception>
    public static ModelConfig Read(string path)
    {
        RefuseAdapterFolder(path);
        var json = ConfigObject.Load(path);
        var config = json.Text("model_type") switch
        {
            "llama" => RotaryModel(json, ModelArchitecture.Llama),
            "qwen2" => RotaryModel(json, ModelArchitecture.Qwen2),
            "gpt2" => Gpt2Model(json),
            _ => throw json.Fault("model_type", "must be llama, qwen2 or gpt2"),
        };
        if (config.Heads % config.KeyValueHeads != 0)
        {
            throw json.Fault("num_key_value_heads", Invariant($"must divide the {config.Heads} heads"));
        }

        return config;
    }

    /// <summary>Writes a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">What to write.</param>
    /// <param name="classifier">Whether the model has a score head instead of a language model head.</param>
    public static void Write(string path, ModelConfig config, bool classifier = false)
    {
        ArgumentNullException.ThrowIfNull(config);
        var values = config.Architecture == ModelArchitecture.Gpt2 ? Gpt2Values(config) : RotaryValues(config);
        var (type, prefix) = config.Architecture switch
        {
            ModelArchitecture.Llama => ("llama", "Llama"),
            ModelArchitecture.Qwen2 => ("qwen2", "Qwen2"),
            _ => ("gpt2", "GPT2"),
        };
        var task = classifier ? "ForSequenceClassification" : type == "gpt2" ? "LMHeadModel" : "ForCausalLM";
        values["model_type"] = type;
        values["architectures"] = new[] { prefix + task };
        values["vocab_size"] = config.VocabularySize;
        values["tie_word_embeddings"] = config.TiedEmbeddings;
        values["initializer_range"] = config.InitializerRange;
        values["pad_token_id"] = config.PadToken;
        values["eos_token_id"] = config.EndTokens.Count switch { 0 => null, 1 => config.EndTokens[0], _ => config.EndTokens };
        if (classifier)
        {
            values["id2label"] = Enumerable.Range(0, config.Labels).ToDictionary(label => Invariant($"{label}"), label => Invariant($"LABEL_{label}"));
        }

        File.WriteAllText(path, JsonSerializer.Serialize(values));
    }

    // What a LoRA run exports looks like a model to people who do not know that its base is missing.
    private static void RefuseAdapterFolder(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? string.Empty;
        if (!File.Exists(path) && File.Exists(Path.Combine(folder, LoraConfigFile.Name)))
        {
            throw new ReproException(
                $"{folder} holds an adapter, not a model: name its base as the model, and this folder as the adapter.");
        }
    }

    private static ModelConfig RotaryModel(ConfigObject json, ModelArchitecture architecture)
    {
        var (hidden, heads) = (json.Size("hidden_size"), json.Size("num_attention_heads"));
        if (!json.Has("head_dim") && hidden % heads != 0)
        {
            throw json.Fault("hidden_size", Invariant($"must be a multiple of the {heads} heads"));
        }

        var headSize = json.Size("head_dim", hidden / heads);
        Require(json, "head_dim", headSize % 2 == 0, "must be even for rotary positions");
        Require(json, "hidden_act", json.Text("hidden_act") is null or "silu", "must be silu");
        Require(json, "use_sliding_window", !json.Flag("use_sliding_window", false), "must be false: windowed attention is not supported");
        Require(json, "mlp_bias", !json.Flag("mlp_bias", false), "must be false: it is not supported");
        var bias = architecture == ModelArchitecture.Qwen2 || json.Flag("attention_bias", false);
        return new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = json.Size("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = json.Size("intermediate_size"),
            Layers = json.Whole("num_hidden_layers", 1, MostLayers),
            Heads = heads,
            KeyValueHeads = json.Size("num_key_value_heads", heads),
            HeadSize = headSize,
            MaximumPositions = json.Size("max_position_embeddings"),
            NormEpsilon = json.Positive("rms_norm_eps"),
            RopeTheta = json.Positive("rope_theta", 10000),
            RopeScaling = ReadScaling(json.Inner("rope_scaling")),
            AttentionBias = bias,
            AttentionOutputBias = bias && architecture == ModelArchitecture.Llama,
            TiedEmbeddings = json.Flag("tie_word_embeddings", false),
            Labels = ReadLabels(json),
            InitializerRange = json.Positive("initializer_range", 0.02),
            PadToken = json.Has("pad_token_id") ? json.Whole("pad_token_id", -1, int.MaxValue) : null,
            EndTokens = json.Ids("eos_token_id"),
        };
    }

    private static ModelConfig Gpt2Model(ConfigObject json)
    {
        var (hidden, heads) = (json.Size("n_embd"), json.Size("n_head"));
        Require(json, "n_embd", hidden % heads == 0, Invariant($"must be a multiple of the {heads} heads"));
        Require(json, "activation_function", json.Text("activation_function") is null or "gelu_new", "must be gelu_new");
        Require(json, "scale_attn_by_inverse_layer_idx", !json.Flag("scale_attn_by_inverse_layer_idx", false), "must be false: it is not supported");
        Require(json, "scale_attn_weights", json.Flag("scale_attn_weights", true), "must be true: it is not supported otherwise");
        return new ModelConfig
        {
            Architecture = ModelArchitecture.Gpt2,
            VocabularySize = json.Size("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = json.Size("n_inner", checked(4 * hidden)),
            Layers = json.Whole("n_layer", 1, MostLayers),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = hidden / heads,
            MaximumPositions = json.Size("n_positions"),
            NormEpsilon = json.Positive("layer_norm_epsilon", 1e-5),
            AttentionBias = true,
            AttentionOutputBias = true,
            TiedEmbeddings = json.Flag("tie_word_embeddings", true),
            Labels = ReadLabels(json),
            InitializerRange = json.Positive("initializer_range", 0.02),
            PadToken = json.Has("pad_token_id") ? json.Whole("pad_token_id", -1, int.MaxValue) : null,
            EndTokens = json.Ids("eos_token_id"),
        };
    }

    private static RopeScaling? ReadScaling(ConfigObject? json)
    {
        if (json is null)
        {
            return null;
        }

        return (json.Text("rope_type") ?? json.Text("type")) switch
        {
            "default" => null,
            "linear" => new RopeScaling(json.Positive("factor")),
            "llama3" => new RopeScaling(
                json.Positive("factor"), json.Positive("low_freq_factor"), json.Positive("high_freq_factor"), json.Positive("original_max_position_embeddings")),
            _ => throw json.Fault("rope_type", "must be default, linear or llama3"),
        };
    }

    // Two is what the form means where it names no labels.
    private static int ReadLabels(ConfigObject json) =>
        json.Has("id2label") ? json.Count("id2label") : json.Size("num_labels", 2);

    private static void Require(ConfigObject json, string key, bool condition, string expectation)
    {
        if (!condition)
        {
            throw json.Fault(key, expectation);
        }
    }

    private static Dictionary<string, object?> RotaryValues(ModelConfig config)
    {
        var values = new Dictionary<string, object?>
        {
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["head_dim"] = config.HeadSize,
            ["max_position_embeddings"] = config.MaximumPositions,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_theta"] = config.RopeTheta,
            ["attention_bias"] = config.AttentionBias,
            ["hidden_act"] = "silu",
        };
        values["rope_scaling"] = config.RopeScaling switch
        {
            null => null,
            { LowFrequencyFactor: null } linear => new { rope_type = "linear", factor = linear.Factor },
            var scaling => new
            {
                rope_type = "llama3",
                factor = scaling.Factor,
                low_freq_factor = scaling.LowFrequencyFactor,
                high_freq_factor = scaling.HighFrequencyFactor,
                original_max_position_embeddings = scaling.OriginalPositions,
            },
        };
        return values;
    }

    private static Dictionary<string, object?> Gpt2Values(ModelConfig config) => new()
    {
        ["n_embd"] = config.HiddenSize,
        ["n_inner"] = config.IntermediateSize,
        ["n_layer"] = config.Layers,
        ["n_head"] = config.Heads,
        ["n_positions"] = config.MaximumPositions,
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["activation_function"] = "gelu_new",
    };
}
