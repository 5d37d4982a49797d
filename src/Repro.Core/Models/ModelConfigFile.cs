using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Reads and writes <c>config.json</c> in the Hugging Face form.</summary>
public static partial class ModelConfigFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string Name = "config.json";

    /// <summary>Name of the file beside it that says how the model generates.</summary>
    public const string GenerationName = "generation_config.json";

    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    // Far above every published model; keeps a wrong file from asking for absurd amounts.
    private const int MostLayers = 4096;

    private static readonly JsonSerializerOptions _decimals = new() { Converters = { new DecimalPoint() } };

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The file. Where the folder is that of a run, or one of the Hugging Face cache, the file is found as
    /// <see cref="ModelLocation"/> says; the ids of <c>generation_config.json</c> beside it count before its own.</param>
    /// <exception cref="ReproException">The file cannot be read, names an unknown family, lacks a key, or asks for something that is not
    /// supported.</exception>
    public static ModelConfig Read(string path)
    {
        path = Located(path);
        var json = ConfigObject.Load(path);
        var config = json.Text("model_type") switch
        {
            "llama" => RotaryModel(json, ModelArchitecture.Llama),
            "mistral" => RotaryModel(json, ModelArchitecture.Mistral),
            "qwen2" => RotaryModel(json, ModelArchitecture.Qwen2),
            "qwen3" => RotaryModel(json, ModelArchitecture.Qwen3),
            "gemma2" => GemmaModel(json, ModelArchitecture.Gemma2),
            "gemma3_text" => GemmaModel(json, ModelArchitecture.Gemma3),
            "gpt2" => Gpt2Model(json),
            "gemma3" or "gemma3n" => throw json.Fault("model_type", "must be gemma3_text: models that see pictures are not supported"),
            _ => throw json.Fault("model_type", "must be llama, mistral, qwen2, qwen3, gemma2, gemma3_text or gpt2"),
        };
        if (config.Heads % config.KeyValueHeads != 0)
        {
            throw json.Fault("num_key_value_heads", Invariant($"must divide the {config.Heads} heads"));
        }

        int[] Ids(string key, int ofGemma) => config.IsGemma && !json.Names(key) ? [ofGemma] : NotNegative(json.Ids(key));
        Require(json, "quantization_config", !json.Has("quantization_config"), "must be absent: quantized weights are not supported");
        config = config with
        {
            InitializerRange = json.Positive("initializer_range", 0.02),
            Labels = ReadLabels(json),
            BeginToken = Ids("bos_token_id", 2).Cast<int?>().FirstOrDefault(),
            PadToken = Ids("pad_token_id", 0).Cast<int?>().FirstOrDefault(),
            EndTokens = Ids("eos_token_id", 1),
        };
        return WithGeneration(config, Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, GenerationName));
    }

    /// <summary>Writes a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">What to write.</param>
    /// <param name="classifier">Whether the model has a score head instead of a language model head.</param>
    /// <param name="dtype">Element type of the weights beside it; null where there are none.</param>
    public static void Write(string path, ModelConfig config, bool classifier = false, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        var values = config.Architecture == ModelArchitecture.Gpt2 ? Gpt2Values(config)
            : config.IsGemma ? GemmaValues(config) : RotaryValues(config);
        var (type, prefix) = config.Architecture switch
        {
            ModelArchitecture.Llama => ("llama", "Llama"),
            ModelArchitecture.Mistral => ("mistral", "Mistral"),
            ModelArchitecture.Qwen2 => ("qwen2", "Qwen2"),
            ModelArchitecture.Qwen3 => ("qwen3", "Qwen3"),
            ModelArchitecture.Gemma2 => ("gemma2", "Gemma2"),
            ModelArchitecture.Gemma3 => ("gemma3_text", classifier ? "Gemma3Text" : "Gemma3"),
            _ => ("gpt2", "GPT2"),
        };
        var task = classifier ? "ForSequenceClassification" : type == "gpt2" ? "LMHeadModel" : "ForCausalLM";
        values["model_type"] = type;
        values["architectures"] = new[] { prefix + task };
        values["vocab_size"] = config.VocabularySize;
        values["tie_word_embeddings"] = config.TiedEmbeddings;
        values["initializer_range"] = config.InitializerRange;
        values["bos_token_id"] = config.BeginToken;
        values["pad_token_id"] = config.PadToken;
        values["eos_token_id"] = EndValue(config);
        if (dtype is { } stored)
        {
            values["torch_dtype"] = stored.ToString().ToLowerInvariant();
        }

        if (classifier)
        {
            values["id2label"] = Enumerable.Range(0, config.Labels)
                .ToDictionary(label => Invariant($"{label}"), label => Invariant($"LABEL_{label}"));
        }

        File.WriteAllText(path, JsonSerializer.Serialize(values, _decimals));
    }

    /// <summary>
    /// Writes <c>generation_config.json</c>: as it was read, with the end tokens of the configuration; from its ids alone where there was
    /// none; nothing where neither says anything.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">What to write.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteGeneration(string folder, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Generation is null && config.EndTokens.Count == 0)
        {
            return;
        }

        var values = config.Generation is { } text ? JsonNode.Parse(text)!.AsObject() : [];
        values["bos_token_id"] ??= config.BeginToken;
        values["pad_token_id"] ??= config.PadToken;
        values["eos_token_id"] = JsonSerializer.SerializeToNode(EndValue(config));
        foreach (var name in values.Where(pair => pair.Value is null).Select(pair => pair.Key).ToList())
        {
            values.Remove(name);
        }

        File.WriteAllText(Path.Combine(folder, GenerationName), values.ToJsonString());
    }

    private static object? EndValue(ModelConfig config) =>
        config.EndTokens.Count switch { 0 => null, 1 => config.EndTokens[0], _ => config.EndTokens };

    // The file where it stands, or that of the model that the folder leads to.
    private static string Located(string path)
    {
        if (File.Exists(path))
        {
            return path;
        }

        var folder = ModelLocation.Find(Path.GetDirectoryName(path) ?? string.Empty);
        var found = Path.Combine(folder, Path.GetFileName(path));
        RefuseAdapterFolder(found);
        return found;
    }

    private static int[] NotNegative(IReadOnlyList<int> ids) => [.. ids.Where(id => id >= 0)];

    // As the peers' generate: its end tokens count, those of config.json only where it has none.
    private static ModelConfig WithGeneration(ModelConfig config, string path)
    {
        if (!File.Exists(path))
        {
            return config;
        }

        var json = ConfigObject.Load(path);
        var (ends, pads) = (NotNegative(json.Ids("eos_token_id")), NotNegative(json.Ids("pad_token_id")));
        return config with
        {
            Generation = json.ToString(),
            EndTokens = ends.Length > 0 ? ends : config.EndTokens,
            PadToken = config.PadToken ?? (pads.Length > 0 ? pads[0] : null),
        };
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
        var headSize = ReadHeadSize(json, architecture, hidden, heads);
        Require(json, "head_dim", headSize % 2 == 0, "must be even for rotary positions");
        Require(json, "hidden_act", json.Text("hidden_act") is null or "silu", "must be silu");
        Require(json, "mlp_bias", !json.Flag("mlp_bias", false), "must be false: it is not supported");
        Require(json, "partial_rotary_factor", json.Positive("partial_rotary_factor", 1) == 1,
            "must be 1: every dimension of a head turns");
        var (theta, scaling) = ReadRope(json);
        var layers = json.Whole("num_hidden_layers", 1, MostLayers);
        var (window, sliding) = ReadWindows(json, architecture, layers);
        var bias = architecture switch
        {
            ModelArchitecture.Qwen2 => true,
            ModelArchitecture.Mistral => false,
            _ => json.Flag("attention_bias", false),
        };
        return new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = json.Size("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = json.Size("intermediate_size"),
            Layers = layers,
            Heads = heads,
            KeyValueHeads = json.Size("num_key_value_heads", architecture == ModelArchitecture.Mistral
                && !json.Names("num_key_value_heads") ? 8 : heads),
            HeadSize = headSize,
            MaximumPositions = json.Size("max_position_embeddings"),
            SlidingWindow = window,
            SlidingLayers = sliding,
            NormEpsilon = json.Positive("rms_norm_eps"),
            RopeTheta = theta,
            RopeScaling = scaling,
            AttentionBias = bias,
            AttentionOutputBias = bias && architecture != ModelArchitecture.Qwen2,
            TiedEmbeddings = json.Flag("tie_word_embeddings", false),
        };
    }

    // What a file leaves out has the value of the family's configuration class.
    private static int ReadHeadSize(ConfigObject json, ModelArchitecture architecture, int hidden, int heads)
    {
        if (!json.Has("head_dim") && architecture == ModelArchitecture.Qwen3)
        {
            return 128;
        }

        Require(json, "hidden_size", json.Has("head_dim") || hidden % heads == 0, Invariant($"must be a multiple of the {heads} heads"));
        return json.Size("head_dim", hidden / heads);
    }

    // Mistral has its window everywhere, Qwen from a layer on and only where a flag says so.
    private static (int? Window, bool[]? Layers) ReadWindows(ConfigObject json, ModelArchitecture architecture, int layers)
    {
        var (flag, isQwen) = (json.Flag("use_sliding_window", false), architecture is ModelArchitecture.Qwen2 or ModelArchitecture.Qwen3);
        Require(json, "use_sliding_window", !flag || isQwen, "must be false for this family");
        if (flag && ReadWindow(json) is { } window)
        {
            var from = json.Whole("max_window_layers", 0, MostLayers, 28);
            return (window, ReadSlidingLayers(json, layers, layer => layer >= from));
        }

        Require(json, "layer_types", json.Texts("layer_types").All(type => type == Full),
            $"must name {Full} alone where no window is in use");
        return (architecture == ModelArchitecture.Mistral ? ReadWindow(json) : null, null);
    }

    private static bool[] ReadSlidingLayers(ConfigObject json, int layers, Func<int, bool> otherwise)
    {
        var types = json.Texts("layer_types");
        Require(json, "layer_types", types.Count == 0 || (types.Count == layers && types.All(type => type is Full or Sliding)),
            Invariant($"must name {Full} or {Sliding} for each of the {layers} layers"));
        return types.Count > 0 ? [.. types.Select(type => type == Sliding)] : [.. Enumerable.Range(0, layers).Select(otherwise)];
    }

    private static int? ReadWindow(ConfigObject json) =>
        json.Has("sliding_window") ? json.Size("sliding_window") : json.Names("sliding_window") ? null : 4096;

    private static ModelConfig Gpt2Model(ConfigObject json)
    {
        var (hidden, heads) = (json.Size("n_embd"), json.Size("n_head"));
        Require(json, "n_embd", hidden % heads == 0, Invariant($"must be a multiple of the {heads} heads"));
        Require(json, "activation_function", json.Text("activation_function") is null or "gelu_new", "must be gelu_new");
        Require(
            json,
            "scale_attn_by_inverse_layer_idx",
            !json.Flag("scale_attn_by_inverse_layer_idx", false),
            "must be false: it is not supported");
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
        };
    }

    // Transformers 5 keeps the base and the scaling under rope_parameters, earlier releases the base apart and the rest under rope_scaling.
    private static (double Theta, RopeScaling? Scaling) ReadRope(ConfigObject json)
    {
        var (earlier, later) = (json.Inner("rope_scaling"), json.Inner("rope_parameters"));
        Require(
            json, "rope_parameters", earlier is null || later is null || json.Raw("rope_scaling") == json.Raw("rope_parameters"),
            "must not stand beside a rope_scaling that says something else");
        var scaling = later ?? earlier;
        var (own, inner) = (json.Number("rope_theta"), scaling?.Number("rope_theta"));
        Require(json, "rope_theta", own is null || inner is null || own == inner,
            "must not differ from the one in rope_parameters or rope_scaling");
        return (inner is null ? json.Positive("rope_theta", 10000) : scaling!.Positive("rope_theta"), scaling is null ? null
            : ReadScaling(scaling));
    }

    private static RopeScaling? ReadScaling(ConfigObject json)
    {
        var type = json.Text("rope_type") ?? json.Text("type") ?? (json.Given().All(name => name == "rope_theta") ? "default" : null);
        Require(json, "partial_rotary_factor", json.Positive("partial_rotary_factor", 1) == 1,
            "must be 1: every dimension of a head turns");
        string[] known = type switch
        {
            "default" => [],
            "linear" => ["factor"],
            "dynamic" => ["factor", "original_max_position_embeddings"],
            "llama3" => ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
            "yarn" => ["factor", "original_max_position_embeddings", "attention_factor", "beta_fast", "beta_slow", "mscale",
                "mscale_all_dim", "truncate"],
            _ => throw json.Fault("rope_type", "must be default, linear, dynamic, llama3 or yarn"),
        };
        var strange = type == "default" ? null : json.Given().FirstOrDefault(name =>
            name is not ("rope_type" or "type" or "rope_theta" or "partial_rotary_factor") && !known.Contains(name));
        return strange is not null ? throw json.Fault(strange, $"is not known for rope_type {type}") : type switch
        {
            "default" => null,
            "linear" => new RopeScaling(json.Positive("factor")),
            "dynamic" => new RopeScaling(json.Positive("factor"),
                OriginalPositions: json.Number("original_max_position_embeddings"))
            { Kind = RopeKind.Dynamic },
            "llama3" => new RopeScaling(
                json.Positive("factor"),
                json.Positive("low_freq_factor"),
                json.Positive("high_freq_factor"),
                json.Positive("original_max_position_embeddings")),
            _ => new RopeScaling(json.Positive("factor"), OriginalPositions: json.Number("original_max_position_embeddings"))
            {
                Kind = RopeKind.Yarn,
                AttentionFactor = json.Number("attention_factor"),
                BetaFast = json.Positive("beta_fast", 32),
                BetaSlow = json.Positive("beta_slow", 1),
                Magnitude = json.Number("mscale"),
                MagnitudeOfAll = json.Number("mscale_all_dim"),
                WholeBorders = json.Flag("truncate", true),
            },
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
}
