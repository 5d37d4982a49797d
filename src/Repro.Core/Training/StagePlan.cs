namespace Repro.Core.Training;

/// <summary>What a run would need and do.</summary>
/// <param name="Checks">What was looked at.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="TokensPerStep">Tokens that go through the model in one step, about.</param>
/// <param name="BaseScalars">Scalars of the model.</param>
/// <param name="TrainedScalars">Scalars that are trained.</param>
/// <param name="MemoryBytes">Estimated peak memory of the device by part: weights, gradients, moments, activations, logits, cache.</param>
/// <param name="FloatingPointOperations">Of the whole run, about.</param>
public sealed record StagePlan(
    IReadOnlyList<PlanCheck> Checks,
    long Steps,
    long TokensPerStep,
    long BaseScalars,
    long TrainedScalars,
    IReadOnlyDictionary<string, long> MemoryBytes,
    double FloatingPointOperations);
