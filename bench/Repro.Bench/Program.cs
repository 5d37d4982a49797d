using System.Diagnostics;
using System.Text.Json;
using Repro.Bench;
using Repro.Core.Hardware;
using TorchSharp;

// Repro.Bench NAME...: times the benchmarks named, or all, on one thread, and prints `name microseconds` for each, and the bytes worked
// through where a rate counts.
// Repro.Bench --list: prints the names.
// Repro.Bench --engine: prints the version of LibTorch and its library of linear algebra.
// Repro.Bench --versions: prints what it computes with, as JSON.
// The best of several runs counts: everything else on the machine only ever makes a run slower.
// BENCH_CLOCK=cpu counts the processor time of the process instead of the time that passed, for a machine that others use as well.
var cpu = Environment.GetEnvironmentVariable("BENCH_CLOCK") == "cpu";

Benchmark[] all =
[
    .. OperatorBenchmarks.All, .. TrainingBenchmarks.All, .. ModelBenchmarks.All, .. PpoBenchmarks.All, .. TokenizerBenchmarks.All,
    .. SegmentationBenchmarks.All, .. ChoiceBenchmarks.All,
];
if (args is ["--list"])
{
    foreach (var benchmark in all)
    {
        Console.WriteLine(benchmark.Name);
    }

    return 0;
}

if (args is ["--engine"])
{
    torch.ones(2, 2).Dispose();
    Console.WriteLine(
        $"LibTorch {LibTorch.Load().Version ?? torch.__version__}, {LinearAlgebra.Name()}, vectors of {VectorInstructions.Widest}");
    return 0;
}

if (args is ["--versions"])
{
    torch.ones(2, 2).Dispose();
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        dotnet = Environment.Version.ToString(),
        torchsharp = typeof(torch).Assembly.GetName().Version!.ToString(3),
        libtorch = LibTorch.Load().Version,
        instructions = VectorInstructions.Widest,
    }));
    return 0;
}

var unknown = args.Except(all.Select(benchmark => benchmark.Name)).ToArray();
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"There is no benchmark {string.Join(", ", unknown)}; --list names them.");
    return 1;
}

torch.set_num_threads(1);
foreach (var benchmark in all.Where(benchmark => args.Length == 0 || args.Contains(benchmark.Name)))
{
    Console.WriteLine(
        Invariant(
            $"{benchmark.Name} {Microseconds(benchmark):F4}{(benchmark.Bytes > 0 ? Invariant($" {benchmark.Bytes}") : string.Empty)}"));
}

return 0;

double Microseconds(Benchmark benchmark)
{
    var work = benchmark.Prepare();
    using var mode = torch.set_grad_enabled(benchmark.Gradients);
    Run(work, benchmark.Repeats);

    // The first runs are compiled at the lowest tier; give the better code time to arrive.
    Thread.Sleep(200);
    Run(work, benchmark.Repeats);
    var best = double.MaxValue;
    for (var i = 0; i < benchmark.TimedRuns; i++)
    {
        best = Math.Min(best, Run(work, benchmark.Repeats) / benchmark.Repeats);
    }

    return best;
}

double Run(Action work, int repeats)
{
    var start = Now();
    for (var i = 0; i < repeats; i++)
    {
        work();
    }

    return (Now() - start).TotalMicroseconds;
}

TimeSpan Now() => cpu ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0);
