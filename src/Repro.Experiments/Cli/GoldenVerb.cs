using System.CommandLine;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary><c>golden</c>: accepts today's verdicts and numbers of whole groups, with a sentence that says why.</summary>
internal static class GoldenVerb
{
    internal static Command Create()
    {
        var filter = new ClaimFilter();
        var because = new Option<string>("--because") { Description = "One sentence: why the content changes.", Required = true };
        var command = new Command("golden", "Accepts today's verdicts and numbers as golden.") { because };
        filter.AddTo(command);
        command.SetAction(arguments =>
        {
            var inputs = Workplace.Inputs(arguments);
            var registry = SpecRegistry.Load();
            var store = Workplace.Golden(arguments);
            var runner = new SpecRunner(inputs, registry);
            var groups = filter.Apply(arguments, inputs.Catalog).Select(c => c.Group).Distinct();
            var written = 0;
            foreach (var group in groups)
            {
                var results = runner.RunAll(inputs.Catalog.Claims.Where(c => c.Group == group)).ToList();
                if (results.FirstOrDefault(r => r.Evidence is null) is { } failed)
                {
                    throw new InputException($"{failed.Claim.Id} failed to run, {group} is left as it was: {failed.Error}");
                }

                if (results.Count > 0 && store.Accept(group, results, arguments.GetValue(because)!))
                {
                    written++;
                    arguments.InvocationConfiguration.Output.WriteLine($"{group}: {results.Count} verdicts accepted");
                }
            }

            arguments.InvocationConfiguration.Output.WriteLine(Invariant($"{written} golden files written"));
            return CommandLine.Success;
        });
        return command;
    }
}
