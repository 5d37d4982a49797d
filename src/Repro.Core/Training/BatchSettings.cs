namespace Repro.Core.Training;

/// <summary>Rows of one optimiser step, and how many of them go through the model at once.</summary>
public sealed record BatchSettings
{
    /// <summary>Rows (or pairs, or groups) of one optimiser step.</summary>
    public required int Rows { get; init; }

    /// <summary>Most rows in one forward pass; gradients of the parts add up to that of the whole batch. Null leaves it to the trainer: all at once, or parts of like lengths.</summary>
    public int? MicroRows { get; init; }
}
