namespace Repro.Core.Models.Adapters;

/// <summary>Form of a low-rank adapter: W + (alpha / rank) B A on each target.</summary>
public sealed record LoraSettings
{
    /// <summary>Rank of the update.</summary>
    public required int Rank { get; init; }

    /// <summary>Numerator of the scale.</summary>
    public required double Alpha { get; init; }

    /// <summary>Last parts of the names of the linear layers; the one entry <c>all-linear</c> means every one but the head.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Dropout on the adapter's input while training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the scale is alpha over the root of the rank.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>The factor of B A.</summary>
    public double Scale => RankStabilized ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;
}
