using Repro.Core.Training;
using Repro.Core.Training.Planning;
using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary>What a run would need and do, for people.</summary>
internal static class PlanTable
{
    internal static void Write(IAnsiConsole console, StagePlan plan, DeviceRate? rate)
    {
        var checks = new Table().RoundedBorder().AddColumns("Checked", "Found", "Problem");
        foreach (var check in plan.Checks)
        {
            checks.AddRow(new Text(check.Subject), new Text(check.Finding), new Text(check.Problem ?? "-", check.Problem is null ? Style.Plain : new Style(Color.Red)));
        }

        console.Write(checks);
        if (rate is null)
        {
            console.WriteLine($"{plan.Checks.Count(check => check.Problem is not null)} problems; nothing was trained");
            return;
        }

        var memory = new Table().RoundedBorder().AddColumn("Memory").AddColumn(new TableColumn("MiB, about").RightAligned());
        foreach (var (part, bytes) in plan.MemoryBytes)
        {
            memory.AddRow(new Text(part), new Text(Invariant($"{bytes / 1048576.0:N1}")));
        }

        memory.AddRow(new Text("together", new Style(decoration: Decoration.Bold)), new Text(Invariant($"{plan.MemoryBytes.Values.Sum() / 1048576.0:N1}")));
        console.Write(memory);
        console.WriteLine(Invariant($"{plan.Steps:N0} steps of about {plan.TokensPerStep:N0} tokens; {plan.TrainedScalars:N0} of {plan.BaseScalars:N0} scalars are trained"));
        console.WriteLine(Invariant($"{plan.FloatingPointOperations:E2} operations, about {Duration(plan.FloatingPointOperations / rate.PerSecond)} at {rate.Source}"));
    }

    private static string Duration(double seconds) =>
        seconds < 120 ? Invariant($"{seconds:F0} s") : seconds < 7200 ? Invariant($"{seconds / 60:F0} min") : seconds < 172_800 ? Invariant($"{seconds / 3600:F1} h") : Invariant($"{seconds / 86_400:F1} days");
}
