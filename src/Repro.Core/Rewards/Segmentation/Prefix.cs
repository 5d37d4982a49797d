namespace Repro.Core.Rewards.Segmentation;

/// <summary>The first tokens of a response, summed from some anchor on.</summary>
/// <param name="Count">Number of tokens.</param>
/// <param name="Sum">Sum of their rewards.</param>
internal readonly record struct Prefix(int Count, double Sum)
{
    /// <summary>The same count, with sums that start anew here.</summary>
    public Prefix Anew => new(Count, 0);

    /// <summary>These sums as seen from a later prefix at which sums started anew.</summary>
    public Prefix From(in Prefix anchor) => new(Count, Sum - anchor.Sum);

    /// <summary>These tokens and one more.</summary>
    public Prefix With(double reward) => new(Count + 1, Sum + reward);
}
