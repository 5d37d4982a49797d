using Repro.Core.Losses;
using Repro.Core.Models.Generation;

namespace Repro.Core.Training.Rollouts;

/// <summary>
/// The distribution that responses are drawn from. It is the one that they are scored under as well, by policy and reference alike: the logits are
/// divided by the temperature, and where top-k or top-p cut the vocabulary, both are renormalised over the tokens that the sampling policy kept.
/// Otherwise the KL between them would be that of distributions which nobody sampled from, and could turn negative.
/// </summary>
public sealed record SamplerSettings
{
    /// <summary>Most tokens of a response.</summary>
    public required int MaximumNewTokens { get; init; }

    /// <summary>Divides the logits; above 0.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k best tokens and all that equal the k-th; null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keeps the smallest set that reaches this probability; null keeps all.</summary>
    public double? TopP { get; init; }

    /// <summary>Ids that end a response; null for those of the model's configuration.</summary>
    public IReadOnlyList<int>? StopTokens { get; init; }

    /// <summary>Whether tokens are taken out of the vocabulary before one is drawn.</summary>
    internal bool Truncates => TopK is not null || TopP is < 1;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumNewTokens, 1);
        Guard.Positive(Temperature, nameof(Temperature));
        ArgumentOutOfRangeException.ThrowIfLessThan(TopK ?? 1, 1, nameof(TopK));
        Guard.Between(TopP ?? 1, double.Epsilon, 1, nameof(TopP));
    }

    internal GenerationSettings Generation(IReadOnlyList<int> stops, int pad, IReadOnlyList<long> seeds) => new()
    {
        MaximumNewTokens = MaximumNewTokens,
        Sample = true,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP is < 1 ? TopP : null,
        StopTokens = stops,
        PadToken = pad,
        Seeds = seeds,
    };
}
