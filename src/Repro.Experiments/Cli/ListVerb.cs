using System.CommandLine;
using Repro.Experiments.Claims;
using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary><c>list</c>: claims with locator, tier and golden verdict.</summary>
internal static class ListVerb
{
    internal static Command Create()
    {
        var filter = new ClaimFilter();
        var command = new Command("list", "Lists claims with locator, tier and last accepted verdict.");
        filter.AddTo(command);
        command.SetAction(arguments =>
        {
            var catalog = ClaimCatalog.Load(Path.Combine(Workplace.Root(arguments), "fixtures", "claims"));
            var golden = Workplace.Golden(arguments);
            var claims = filter.Apply(arguments, catalog);
            var table = new Table().RoundedBorder().AddColumns("Claim", "Kind", "Tier", "Where", "Verdict");
            foreach (var claim in claims)
            {
                table.AddRow(
                    new Text(claim.Id),
                    new Text(claim.Kind.ToString().ToLowerInvariant()),
                    new Text(claim.Tier.ToString().ToLowerInvariant()),
                    new Text(claim.Locator),
                    VerdictStyle.Cell(golden.Verdict(claim)));
            }

            var console = Terminal.For(arguments.InvocationConfiguration.Output);
            console.Write(table);
            console.WriteLine($"{claims.Count} claims");
            return CommandLine.Success;
        });
        return command;
    }
}
