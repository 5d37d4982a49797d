using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Repro.Core.Models;

/// <summary>What is written into config.json.</summary>
public static partial class ModelConfigFile
{
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
            ["rope_scaling"] = config.RopeScaling is { } scaling ? ScalingValues(scaling) : null,
        };
        if (config.Architecture == ModelArchitecture.Mistral)
        {
            values["sliding_window"] = config.SlidingWindow;
        }

        // Releases that know no layer_types have the number of layers without a window, which come first.
        if (config.Architecture is ModelArchitecture.Qwen2 or ModelArchitecture.Qwen3 && config.SlidingWindow is { } window)
        {
            values["use_sliding_window"] = true;
            values["sliding_window"] = window;
            values["max_window_layers"] = Enumerable.Range(0, config.Layers).TakeWhile(layer => !config.Slides(layer)).Count();
            values["layer_types"] = LayerTypes(config);
        }

        return values;
    }

    private static List<string> LayerTypes(ModelConfig config) =>
        [.. Enumerable.Range(0, config.Layers).Select(layer => config.Slides(layer) ? Sliding : Full)];

    // Earlier releases of transformers take linear and dynamic scaling as "type" and "factor" alone; the other two came with "rope_type".
    private static Dictionary<string, object> ScalingValues(RopeScaling scaling)
    {
        var values = new Dictionary<string, object>
        {
            [scaling.Kind is RopeKind.Linear or RopeKind.Dynamic ? "type" : "rope_type"] = scaling.Kind.ToString().ToLowerInvariant(),
            ["factor"] = scaling.Factor,
        };
        void Add(string name, object? value)
        {
            if (value is not null)
            {
                values.Add(name, value);
            }
        }

        Add("low_freq_factor", scaling.LowFrequencyFactor);
        Add("high_freq_factor", scaling.HighFrequencyFactor);
        if (scaling.Kind != RopeKind.Dynamic && scaling.OriginalPositions is { } original)
        {
            Add("original_max_position_embeddings", (long)original);
        }

        if (scaling.Kind == RopeKind.Yarn)
        {
            Add("beta_fast", scaling.BetaFast);
            Add("beta_slow", scaling.BetaSlow);
            Add("attention_factor", scaling.AttentionFactor);
            Add("mscale", scaling.Magnitude);
            Add("mscale_all_dim", scaling.MagnitudeOfAll);
            Add("truncate", scaling.WholeBorders ? null : false);
        }

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

    /// <summary>Writes 4 as 4.0: some readers ask whether a number was written as one with decimals.</summary>
    private sealed class DecimalPoint : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            var text = value.ToString("R", CultureInfo.InvariantCulture);
            writer.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
        }
    }
}
