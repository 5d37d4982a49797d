using System.Diagnostics;
using System.Globalization;
using Repro.Bench;
using TorchSharp;

// StepBench NAME [STEPS] [THREADS]: times one training step and prints `name milliseconds processor-milliseconds mebibytes`: medians of the
// steps, and by how much the process grew at its peak beyond what it had with the library loaded and no model yet. Its twin is
// bench/steps.py.
var name = args.Length > 0 ? args[0] : throw new ArgumentException("StepBench NAME [STEPS] [THREADS]");
var steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20;
torch.set_num_threads(args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1);
torch.ones(1).Dispose();
var before = Status("VmRSS");
using var trainer = StepWork.Make(name);

const int WarmUp = 2;
var (times, work) = (new List<double>(), new List<double>());
for (var step = 0; step < steps + WarmUp; step++)
{
    var (watch, busy) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
    trainer.Step(step, CancellationToken.None);
    if (step >= WarmUp)
    {
        times.Add(watch.Elapsed.TotalMilliseconds);
        work.Add((Environment.CpuUsage.TotalTime - busy).TotalMilliseconds);
    }
}

Console.WriteLine(Invariant($"{name} {Median(times):F3} {Median(work):F3} {(Status("VmHWM") - before) / 1024.0:F1}"));

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

// KiB.
static long Status(string key) => long.Parse(
    File.ReadLines("/proc/self/status").First(line => line.StartsWith(key + ":", StringComparison.Ordinal)).Split(':')[1]
        .Replace("kB", string.Empty, StringComparison.Ordinal).Trim(),
    CultureInfo.InvariantCulture);
