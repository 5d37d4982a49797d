using Repro.Core.Models.Heads;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Sft;

/// <summary>How supervised fine-tuning goes over its rows.</summary>
public sealed record SftSettings
{
    /// <summary>Rows of one step.</summary>
    public required BatchSettings Batch { get; init; }

    /// <summary>Times that the data are gone through.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Whether each epoch has an order of its own; otherwise rows come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Most tokens of a row; null for any length.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>How often a row that is too long is cut to a window at a random place instead of to its first tokens (CRS Section 5.2).</summary>
    public double RandomWindowProbability { get; init; }

    /// <summary>What the loss is divided by.</summary>
    public LossNormalisation Normalisation { get; init; } = LossNormalisation.WholeBatch;

    /// <summary>
    /// Whether a batch on the CPU goes through the model in parts of like lengths, fewer rows at a time than allowed, where that saves padding. The sum is
    /// that of the whole batch.
    /// </summary>
    public bool GroupLengths { get; init; } = true;

    /// <summary>How much memory tables over the vocabulary may take.</summary>
    public HeadMemory HeadMemory { get; init; } = new();
}
