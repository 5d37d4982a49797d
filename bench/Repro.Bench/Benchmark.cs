namespace Repro.Bench;

/// <summary>One piece of work to time. Its Python twin has the same name in <c>bench/benchmarks.py</c>.</summary>
/// <param name="Name">The name, one word.</param>
/// <param name="Repeats">Calls per timed run.</param>
/// <param name="Gradients">Whether operators are recorded for differentiation while it runs.</param>
/// <param name="Prepare">Makes the inputs and returns the work, which leaves nothing behind.</param>
internal sealed record Benchmark(string Name, int Repeats, bool Gradients, Func<Action> Prepare)
{
    /// <summary>Timed runs; the best of them counts.</summary>
    public const int Runs = 20;

    /// <summary>All runs, those before the timed ones included.</summary>
    public const int MostRuns = Runs + 2;

    /// <summary>Timed runs of work that takes too long for <see cref="Runs"/> of them.</summary>
    public int TimedRuns { get; init; } = Runs;

    /// <summary>What one call works through, where a rate says more than a time; 0 for none.</summary>
    public long Bytes { get; init; }
}
