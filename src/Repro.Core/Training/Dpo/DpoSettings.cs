using Repro.Core.Models.Heads;

namespace Repro.Core.Training.Dpo;

/// <summary>How DPO goes over its pairs.</summary>
public sealed record DpoSettings
{
    /// <summary>Pairs of one step.</summary>
    public required BatchSettings Batch { get; init; }

    /// <summary>Times that the data are gone through.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Whether each epoch has an order of its own; otherwise pairs come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether all log-probabilities under the reference are computed before the first step; a reference with weights of its own is freed then.</summary>
    public bool PrecomputeReference { get; init; }

    /// <summary>Whether a prompt may go through the model once for both responses, where that is less work.</summary>
    public bool SharePrompts { get; init; } = true;

    /// <summary>
    /// Whether a batch on the CPU goes through the model in parts of like lengths, fewer rows at a time than allowed, where that saves padding. The sum is
    /// that of the whole batch.
    /// </summary>
    public bool GroupLengths { get; init; } = true;

    /// <summary>How much memory tables over the vocabulary may take.</summary>
    public HeadMemory HeadMemory { get; init; } = new();
}
