namespace Repro.GpuProbe;

/// <summary>What was seen of a training stage.</summary>
/// <param name="Name">What is trained how.</param>
/// <param name="TrainedScalars">Scalars that are trained.</param>
/// <param name="Tokens">Of one step.</param>
/// <param name="StepSeconds">Of each timed step.</param>
/// <param name="TokensPerSecond">By the median step.</param>
/// <param name="Losses">Of all steps, the untimed first one included.</param>
/// <param name="LeftTensors">Live tensors more than before the timed steps.</param>
internal sealed record TrainingFigures(
    string Name, long TrainedScalars, long Tokens, double[] StepSeconds, double TokensPerSecond, double[] Losses, long LeftTensors)
{
    /// <summary>
    /// Share of the ceiling by the multiplications that the method needs. With frozen weights these are 4 operations for each weight and
    /// token, 2 forward and 2 for the gradient of the input; a reference costs 2 more.
    /// </summary>
    public double? Utilisation { get; init; }

    /// <summary>The same with the second forward pass of gradient checkpointing counted, 2 more.</summary>
    public double? UtilisationWithRecomputation { get; init; }

    /// <summary>Fills in the shares.</summary>
    /// <param name="weights">Weights that every token is multiplied with.</param>
    /// <param name="operations">For each weight and token, by the method.</param>
    /// <param name="ceiling">Operations a second.</param>
    /// <param name="checkpointing">Whether blocks are run twice.</param>
    internal TrainingFigures Against(long weights, int operations, double ceiling, bool checkpointing) => this with
    {
        Utilisation = operations * weights * TokensPerSecond / ceiling,
        UtilisationWithRecomputation = checkpointing ? (operations + 2) * weights * TokensPerSecond / ceiling : null,
    };
}
