namespace Repro.Bench;

/// <summary>One piece of work to time. Its Python twin has the same name in <c>bench/benchmarks.py</c>.</summary>
/// <param name="Name">The name, one word.</param>
/// <param name="Repeats">Calls per timed run.</param>
/// <param name="Gradients">Whether operators are recorded for differentiation while it runs.</param>
/// <param name="Prepare">Makes the inputs and returns the work, which leaves nothing behind.</param>
internal sealed record Benchmark(string Name, int Repeats, bool Gradients, Func<Action> Prepare);
