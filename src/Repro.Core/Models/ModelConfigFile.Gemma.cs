namespace Repro.Core.Models;

/// <summary>Gemma 2 and 3. What a file leaves out has the value of the configuration class of transformers.</summary>
public static partial class ModelConfigFile
{
    private static ModelConfig GemmaModel(ConfigObject json, ModelArchitecture architecture)
    {
        var isThird = architecture == ModelArchitecture.Gemma3;
        var layers = json.Whole("num_hidden_layers", 1, MostLayers, 26);
        var headSize = json.Size("head_dim", 256);
        Require(json, "head_dim", headSize % 2 == 0, "must be even for rotary positions");
        Require(json, "hidden_activation", json.Text("hidden_activation") is null or "gelu_pytorch_tanh", "must be gelu_pytorch_tanh");
        Require(json, "use_bidirectional_attention", !json.Flag("use_bidirectional_attention", false),
            "must be false: a position that sees what follows is not supported");
        // Transformers keeps the key for Gemma 3 but does not cap its scores by it.
        Require(json, "attn_logit_softcapping", !isThird || !json.Has("attn_logit_softcapping"), "must be null for gemma3_text");
        // The last of each so many layers is full, where they are not named one by one.
        var every = isThird ? json.Size("sliding_window_pattern", json.Size("_sliding_window_pattern", 6)) : 2;
        var (theta, scaling) = isThird ? ReadFullRope(json) : ReadRope(json);
        var bias = json.Flag("attention_bias", false);
        return new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = json.Size("vocab_size", isThird ? 262_208 : 256_000),
            HiddenSize = json.Size("hidden_size", 2304),
            IntermediateSize = json.Size("intermediate_size", 9216),
            Layers = layers,
            Heads = json.Size("num_attention_heads", 8),
            KeyValueHeads = json.Size("num_key_value_heads", 4),
            HeadSize = headSize,
            MaximumPositions = json.Size("max_position_embeddings", isThird ? 131_072 : 8192),
            SlidingWindow = ReadWindow(json),
            SlidingLayers = ReadSlidingLayers(json, layers, layer => (layer + 1) % every != 0),
            NormEpsilon = json.Positive("rms_norm_eps", 1e-6),
            RopeTheta = theta,
            SlidingRopeTheta = isThird ? ReadSlidingTheta(json) : null,
            RopeScaling = scaling,
            QueryScalar = json.Positive("query_pre_attn_scalar", 256),
            AttentionCap = ReadCap(json, "attn_logit_softcapping", isThird ? null : 50),
            LogitCap = ReadCap(json, "final_logit_softcapping", isThird ? null : 30),
            AttentionBias = bias,
            AttentionOutputBias = bias,
            TiedEmbeddings = json.Flag("tie_word_embeddings", true),
        };
    }

    // A key with null says that there is no cap, a key that is not there that the family's holds.
    private static double? ReadCap(ConfigObject json, string key, double? otherwise) =>
        json.Has(key) ? json.Positive(key) : json.Names(key) ? null : otherwise;

    // Transformers 5 has the two bases under rope_parameters, a member for each type of layer.
    private static (double Theta, RopeScaling? Scaling) ReadFullRope(ConfigObject json)
    {
        if (json.Inner("rope_parameters") is not { } both)
        {
            return (json.Positive("rope_theta", 1e6), json.Inner("rope_scaling") is { } scaling ? ReadScaling(scaling) : null);
        }

        Require(json, "rope_scaling", !json.Has("rope_scaling"), "must not stand beside rope_parameters");
        var full = both.Inner(Full) ?? throw both.Fault(Full, "must be an object");
        var theta = full.Positive("rope_theta", 1e6);
        Require(json, "rope_theta", json.Number("rope_theta") is not { } own || own == theta,
            "must not differ from the one in rope_parameters");
        return (theta, ReadScaling(full));
    }

    private static double ReadSlidingTheta(ConfigObject json)
    {
        if (json.Inner("rope_parameters") is not { } both)
        {
            return json.Positive("rope_local_base_freq", 1e4);
        }

        var sliding = both.Inner(Sliding) ?? throw both.Fault(Sliding, "must be an object");
        if (ReadScaling(sliding) is not null)
        {
            throw sliding.Fault("rope_type", "must be default for sliding layers");
        }

        var theta = sliding.Positive("rope_theta", 1e4);
        Require(json, "rope_local_base_freq", json.Number("rope_local_base_freq") is not { } own || own == theta,
            "must not differ from the one in rope_parameters");
        return theta;
    }

    private static Dictionary<string, object?> GemmaValues(ModelConfig config)
    {
        var values = RotaryValues(config);
        values.Remove("hidden_act");
        values["hidden_activation"] = "gelu_pytorch_tanh";
        var scalar = config.QueryScalar ?? config.HeadSize;
        values["query_pre_attn_scalar"] = scalar == Math.Floor(scalar) ? (object)(long)scalar : scalar;
        values["sliding_window"] = config.SlidingWindow;
        values["attn_logit_softcapping"] = config.AttentionCap;
        values["final_logit_softcapping"] = config.LogitCap;
        var layers = Enumerable.Range(0, config.Layers).Select(config.Slides).ToList();
        values["layer_types"] = LayerTypes(config);
        if (config.SlidingRopeTheta is { } theta)
        {
            values["rope_local_base_freq"] = theta;
        }

        // For releases that know no layer_types, where a pattern says the same.
        if (config.Architecture == ModelArchitecture.Gemma3 && layers.IndexOf(false) is var full and >= 0
            && layers.Select((slides, layer) => slides == ((layer + 1) % (full + 1) != 0)).All(same => same))
        {
            values["sliding_window_pattern"] = full + 1;
        }

        return values;
    }
}
