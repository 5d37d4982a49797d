using System.Diagnostics;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>How work grows with size, in processor time of the process: a busy machine changes it little, and the best of several runs
/// hardly.</summary>
internal static class Work
{
    /// <summary>Half way (in powers) between linear growth and quadratic.</summary>
    public static double Quadratic(int factor) => Math.Pow(factor, 1.5);

    /// <summary>How many times as long a size takes that is <paramref name="factor"/> times as large.</summary>
    public static double Growth(Action<int> work, int size, int factor)
    {
        work(size);
        return Best(() => work(size * factor)) / Best(() => work(size));
    }

    // The clock of the system ticks every 10 ms or so: work is repeated until the ticks do not matter.
    private static double Best(Action work) => Enumerable.Range(0, 3).Min(_ =>
    {
        double before = Processor();
        int times = 0;
        do
        {
            work();
            times++;
        }
        while (Processor() - before < 0.15);

        return (Processor() - before) / times;
    });

    private static double Processor()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
