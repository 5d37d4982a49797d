using System.ComponentModel.DataAnnotations;

namespace Repro.Core.Data.Selection;

/// <summary>How rows are held out for evaluation.</summary>
public sealed record SplitSettings
{
    /// <summary>Share of the groups (trees, prompts) that is held out, rounded down; 0 for none.</summary>
    [Range(0.0, 0.99)]
    public double HeldOut { get; init; }

    /// <summary>Rows that are kept of those held out; the others are used for nothing. Null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? MaximumHeldOut { get; init; }

    /// <summary>Seed of the choice. Equal seeds over equal groups hold out the same groups, whatever is read from them.</summary>
    public long Seed { get; init; }
}
