using System.CommandLine;
using Repro.Core;
using Repro.Experiments.Claims;

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
            var catalog = ClaimCatalog.Load(Path.Combine(CommonOptions.Root(arguments), "fixtures", "claims"));
            var golden = CommonOptions.Golden(arguments);
            var claims = filter.Apply(arguments, catalog).Select(claim => (Claim: claim, Verdict: golden.Verdict(claim)))
                .Where(entry => filter.Shows(arguments, entry.Verdict)).ToList();
            var output = arguments.InvocationConfiguration.Output;
            ClaimTable.Write(Terminal.For(output), Terminal.IsRedirected(output), claims);
            output.WriteLine(Invariant($"{claims.Count} {InvariantText.Noun(claims.Count, "claim")}"));
            return CommandLine.Success;
        });
        return command;
    }
}
