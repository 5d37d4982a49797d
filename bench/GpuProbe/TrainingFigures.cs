namespace Repro.GpuProbe;

/// <summary>What was seen of a training stage.</summary>
/// <param name="Name">What is trained how.</param>
/// <param name="Tokens">Of one step.</param>
/// <param name="StepSeconds">Of each timed step.</param>
/// <param name="TokensPerSecond">By the median step.</param>
/// <param name="Losses">Of all steps, the untimed first one included.</param>
/// <param name="PeakAllocated">Bytes in tensors at most; null where that is not known.</param>
/// <param name="PeakReserved">Bytes taken from the driver at most.</param>
/// <param name="LeftTensors">Live tensors more than before the timed steps.</param>
internal sealed record TrainingFigures(
    string Name, long Tokens, double[] StepSeconds, double TokensPerSecond, double[] Losses, long? PeakAllocated, long? PeakReserved, long LeftTensors)
{
    /// <summary>
    /// Share of the ceiling by multiplications that training needs: with frozen weights 4 operations for each weight and token, 2 forward and 2 for the gradient
    /// of the input.
    /// </summary>
    public double? Utilisation { get; init; }

    /// <summary>The same with the second forward pass of gradient checkpointing counted: 6 operations.</summary>
    public double? UtilisationWithRecomputation { get; init; }

    internal TrainingFigures Against(long weights, double ceiling, bool checkpointing) => this with
    {
        Utilisation = 4.0 * weights * TokensPerSecond / ceiling,
        UtilisationWithRecomputation = checkpointing ? 6.0 * weights * TokensPerSecond / ceiling : null,
    };
}
