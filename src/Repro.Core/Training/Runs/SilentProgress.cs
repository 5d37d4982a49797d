namespace Repro.Core.Training.Runs;

/// <summary>Shows nothing.</summary>
public sealed class SilentProgress : IRunProgress
{
    /// <inheritdoc/>
    public void Begin(long step, long total)
    {
    }

    /// <inheritdoc/>
    public void Step(long step, StepReport report, double seconds)
    {
    }

    /// <inheritdoc/>
    public void Evaluation(long step, IReadOnlyDictionary<string, double> metrics)
    {
    }

    /// <inheritdoc/>
    public void Warning(string message)
    {
    }

    /// <inheritdoc/>
    public void End()
    {
    }
}
