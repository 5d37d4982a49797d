using Repro.Core.Hardware;
using Repro.Core.Training;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>Times steps of any training stage: the one here, or that of a trainer (<see cref="ITrainer.Step"/>).</summary>
internal static class TrainingProbe
{
    /// <param name="name">What is trained how.</param>
    /// <param name="device">Where.</param>
    /// <param name="step">Does the step of a number, from 0.</param>
    /// <param name="steps">Timed steps, after one that is not.</param>
    internal static TrainingFigures Measure(string name, Device device, Func<long, StepReport> step, int steps)
    {
        var clock = new Clock(device);
        var reports = new List<StepReport> { step(0) };
        DeviceMemory.ResetPeak(device);
        var live = Tensor.TotalCount;
        var seconds = new List<double>();
        for (var i = 1; i <= steps; i++)
        {
            seconds.Add(clock.Seconds(() => reports.Add(step(i))));
        }

        var median = seconds.Order().ElementAt(seconds.Count / 2);
        var memory = DeviceMemory.Of(device);
        return new TrainingFigures(
            name, reports[^1].Tokens, [.. seconds], reports[^1].Tokens / median, [.. reports.Select(report => report.Metrics.GetValueOrDefault("loss"))],
            memory?.PeakAllocated, memory?.PeakReserved, Tensor.TotalCount - live);
    }
}
