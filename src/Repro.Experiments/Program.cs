using System.Runtime.InteropServices;
using Repro.Experiments.Cli;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupt.Cancel();
};

// Each ends a run with a checkpoint: Ctrl-C, SIGTERM of a scheduler, SIGHUP of a terminal that is closed. Under nohup SIGHUP stays ignored.
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var hungUp = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
return await CommandLine.RunAsync(args, Console.Out, Console.Error, interrupt.Token);

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupt.Cancel();
}

/// <summary>Declared here because ASP.NET Core makes it public otherwise.</summary>
internal sealed partial class Program;
