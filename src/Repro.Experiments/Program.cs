using System.Runtime.InteropServices;
using Repro.Experiments.Cli;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupt.Cancel();
};
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    interrupt.Cancel();
});
return await CommandLine.RunAsync(args, Console.Out, Console.Error, interrupt.Token);
