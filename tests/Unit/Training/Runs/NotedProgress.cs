using Repro.Core.Training;
using Repro.Core.Training.Runs;

namespace Repro.Tests.Unit.Training.Runs;

/// <summary>Keeps what a run tells.</summary>
internal sealed class NotedProgress : IRunProgress
{
    internal List<string> Warnings { get; } = [];

    internal List<string> Failures { get; } = [];

    internal List<long> Steps { get; } = [];

    internal (long Step, long Total) Begun { get; private set; }

    internal bool Ended { get; private set; }

    public void Begin(long step, long total) => Begun = (step, total);

    public void Step(long step, StepReport report, double seconds) => Steps.Add(step);

    public void Evaluation(long step, IReadOnlyDictionary<string, double> metrics)
    {
    }

    public void Warning(string message) => Warnings.Add(message);

    public void Failed(string message) => Failures.Add(message);

    public void End() => Ended = true;
}
