using System.Text.Json;
using Repro.Core;
using Repro.GpuProbe;

// See ProbeOptions.Usage.
try
{
    var report = new Probe(ProbeOptions.Parse(args)).Run();
    Console.WriteLine(report.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    return 0;
}
catch (ReproException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
