using Repro.Core.Training;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>Times the steps of a trainer.</summary>
internal static class TrainingProbe
{
    /// <param name="name">What is trained how.</param>
    /// <param name="device">Where.</param>
    /// <param name="make">Makes the trainer; it is disposed here.</param>
    /// <param name="steps">Timed steps, after one that is not.</param>
    internal static TrainingFigures Measure(string name, Device device, Func<ITrainer> make, int steps)
    {
        using var trainer = make();
        var clock = new Clock(device);
        var trained = trainer.StateTensors().Where(pair => pair.Key.StartsWith("parameter.", StringComparison.Ordinal))
            .Sum(pair => pair.Value.numel());
        var reports = new List<StepReport> { trainer.Step(0, CancellationToken.None) };
        var live = Tensor.TotalCount;
        var seconds = new List<double>();
        for (var i = 1; i <= steps; i++)
        {
            seconds.Add(clock.Seconds(() => reports.Add(trainer.Step(i, CancellationToken.None))));
        }

        var median = seconds.Order().ElementAt(seconds.Count / 2);
        return new TrainingFigures(
            name, trained, reports[^1].Tokens, [.. seconds], reports[^1].Tokens / median,
            [.. reports.Select(report => report.Metrics.GetValueOrDefault("loss", double.NaN))],
            Tensor.TotalCount - live);
    }
}
