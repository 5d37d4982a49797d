namespace Repro.Core.Training.Shared;

/// <summary>What the loss of an optimiser step is divided by when it goes through the model in parts.</summary>
public enum LossNormalisation
{
    /// <summary>The count over the whole batch: parts add up to the full batch exactly, however it is cut.</summary>
    WholeBatch,

    /// <summary>The count of each part, then the number of parts: a mean of means, as older trainers do. Depends on how the batch is cut.</summary>
    MicroBatches,
}
