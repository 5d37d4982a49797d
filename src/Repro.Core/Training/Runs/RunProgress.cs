namespace Repro.Core.Training.Runs;

/// <summary>Is told what a run does, to show it.</summary>
public interface IRunProgress
{
    /// <summary>The run starts or goes on.</summary>
    /// <param name="step">Steps that are done.</param>
    /// <param name="total">Steps of the run.</param>
    void Begin(long step, long total);

    /// <summary>A step was done.</summary>
    /// <param name="step">Steps that are done.</param>
    /// <param name="report">What it told.</param>
    /// <param name="seconds">How long it took.</param>
    void Step(long step, StepReport report, double seconds);

    /// <summary>Held-out data were evaluated.</summary>
    /// <param name="step">Steps that are done.</param>
    /// <param name="metrics">Numbers by name.</param>
    void Evaluation(long step, IReadOnlyDictionary<string, double> metrics);

    /// <summary>Something the user should know: a damaged checkpoint that was passed over, another LibTorch than before.</summary>
    /// <param name="message">One sentence.</param>
    void Warning(string message);

    /// <summary>The run failed; the exception with the reason follows.</summary>
    /// <param name="message">Where the error and the last metrics were written, and what is left to go on from.</param>
    void Failed(string message) => Warning(message);

    /// <summary>The run ended, for whatever reason.</summary>
    void End();
}

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
