using Repro.Core.Models;
using Repro.Experiments.Adr.Identities;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>Attention of one query.</summary>
/// <param name="query">[width].</param>
/// <param name="keys">[keys][width].</param>
/// <param name="values">[keys][width].</param>
/// <returns>[width].</returns>
internal delegate double[] AttentionFunction(double[] query, double[][] keys, double[][] values);

/// <summary>
/// The head of a language model as a softmax. Its weights are the identity, so that hidden states are the scores of the words, and its
/// log-probabilities are those that every trainer asks for.
/// </summary>
internal sealed class SoftmaxOfHead : IDisposable
{
    private readonly LanguageModel _model;
    private readonly int _words;

    public SoftmaxOfHead(int words)
    {
        _words = words;
        _model = LanguageModel.Create(SmallModel.Config(words, hidden: words), seed: 1, ScalarType.Float64);
        SmallModel.Set(_model, "lm_head.weight", (row, column) => row == column ? 1 : 0);
    }

    /// <summary>Probabilities of all words.</summary>
    /// <param name="scores">[words], float64.</param>
    /// <returns>[words].</returns>
    public Tensor Probabilities(Tensor scores)
    {
        var hidden = scores.unsqueeze(0).expand(_words + 1, _words).unsqueeze(0);
        var tokens = cat([zeros([1], ScalarType.Int64), arange(_words, dtype: ScalarType.Int64)]).unsqueeze(0);
        return new HeadLogProbs(_model).Compute(hidden, tokens, tokens.ones_like()).exp().squeeze(0);
    }

    public void Dispose() => _model.Dispose();
}

/// <summary>
/// The attention of a Llama decoder with one block, laid open. A token's embedding holds its query, key and value side by side, the
/// projections pick them out, all tokens stand at position 0, where the rotation does nothing, and the output goes to a place of its own.
/// </summary>
internal sealed class AttentionOfModel : IDisposable
{
    /// <summary>Width of queries, keys and values.</summary>
    public const int Width = 4;

    private const int MostTokens = 6;
    private const int Hidden = (4 * Width) + 2;

    private readonly LanguageModel _model;

    public AttentionOfModel()
    {
        _model = LanguageModel.Create(SmallModel.Config(MostTokens, Hidden), seed: 1, ScalarType.Float64);
        foreach (var (name, part) in new[] { ("q_proj", 0), ("k_proj", 1), ("v_proj", 2) })
        {
            SmallModel.Set(_model, $"model.layers.0.self_attn.{name}.weight", (row, column) => column == (part * Width) + row ? 1 : 0);
        }

        SmallModel.Set(_model, "model.layers.0.self_attn.o_proj.weight", (row, column) => row == (3 * Width) + column ? 1 : 0);
        SmallModel.Set(_model, "model.layers.0.mlp.down_proj.weight", (_, _) => 0);
    }

    /// <inheritdoc cref="AttentionFunction"/>
    public double[] LastRow(double[] query, double[][] keys, double[][] values)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = keys.Select((key, i) => Embedding(i == keys.Length - 1 ? query : new double[Width], key, values[i])).ToArray();
        SmallModel.Set(_model, "model.embed_tokens.weight", (row, column) => row < rows.Length ? rows[row][column] : 0);
        var ids = arange(rows.Length, dtype: ScalarType.Int64).unsqueeze(0);
        var hidden = Deviations.Values(_model.Hidden(ids, ids.ones_like(), ids.zeros_like()))[^Hidden..];

        // The last norm divides everything by one number, which the place that nothing was added to tells.
        var scale = rows[^1][^1] / hidden[^1];
        return [.. hidden[(3 * Width)..(4 * Width)].Select(x => x * scale)];
    }

    public void Dispose() => _model.Dispose();

    // The last place fills the mean square up to what the first norm leaves as it is.
    private static double[] Embedding(double[] query, double[] key, double[] value)
    {
        double[] parts = [.. query, .. key, .. value, .. new double[Width], 0];
        var rest = (Hidden * (1 - SmallModel.NormEpsilon)) - parts.Sum(x => x * x);
        return [.. parts, Math.Sqrt(rest)];
    }
}

/// <summary>Decoders of one block, small enough for their weights to be written out.</summary>
internal static class SmallModel
{
    /// <summary>The term under the root of the norms.</summary>
    public const double NormEpsilon = 1e-5;

    /// <summary>Sizes of a model with one head of width 4.</summary>
    public static ModelConfig Config(int words, int hidden) => TinyModels.Config(words) with
    {
        HiddenSize = hidden,
        Layers = 1,
        Heads = 1,
        KeyValueHeads = 1,
        HeadSize = AttentionOfModel.Width,
        NormEpsilon = NormEpsilon,
    };

    /// <summary>Writes a matrix of weights.</summary>
    public static void Set(LanguageModel model, string name, Func<int, int, double> value)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var parameter = model.BaseParameters()[name];
        var (rows, columns) = ((int)parameter.shape[0], (int)parameter.shape[1]);
        var values = Enumerable.Range(0, rows * columns).Select(i => value(i / columns, i % columns)).ToArray();
        parameter.copy_(Scalars.From(values, rows, columns));
    }
}
