using System.CommandLine;
using System.Diagnostics;
using Repro.Core;
using Repro.Core.Hardware;
using Repro.Experiments.Claims;
using Repro.Experiments.Runs;

namespace Repro.Experiments.Cli;

/// <summary><c>verify</c>: runs specs and shows their verdicts.</summary>
internal static class VerifyVerb
{
    internal static Command Create()
    {
        var filter = new ClaimFilter();
        var json = new Option<string?>("--json") { Description = "Also write the results, with all evidence, to a JSON file." };
        var strict = new Option<bool>("--strict")
        {
            Description = "Exit with 3 when a claim, its verdict or anything of its evidence differs from the golden file, "
                + "or when only one of the two is there.",
        };
        var quiet = new Option<bool>("--quiet") { Description = "Only print the summary." };
        var runs = new Option<string?>("--runs")
        {
            Description = "Folder of your own runs, scores, judgements and benchmark samples: evidence of the claims of tier full.",
        };
        var command = new Command("verify", "Verifies claims and prints a table with verdicts.") { json, strict, quiet, runs };
        filter.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(() =>
            Run(arguments, filter, arguments.GetValue(json), arguments.GetValue(strict), arguments.GetValue(quiet),
                arguments.GetValue(runs) is { } folder ? RunCollection.Read(folder, cancellation) : null, cancellation),
            cancellation));
        return command;
    }

    private static int Run(ParseResult arguments, ClaimFilter filter, string? json, bool strict, bool quiet, RunCollection? runs,
        CancellationToken cancellation)
    {
        var error = arguments.InvocationConfiguration.Error;
        var inputs = CommonOptions.Inputs(arguments);
        var registry = SpecRegistry.Load(runs is null ? [] : FullTier.Groups(runs));
        var chosen = filter.Apply(arguments, inputs.Catalog);
        var claims = chosen.Where(c => registry.Find(c.Id) is not null).ToList();
        if (!quiet && claims.Count > 0)
        {
            // Not on the standard output, where a pipe has a line a claim.
            var asked = filter.Describe(arguments);
            error.WriteLine(Invariant($"verifying {claims.Count} {InvariantText.Noun(claims.Count, "claim")}")
                + (asked.Length > 0 ? $": {asked}" : string.Empty));
        }

        LibTorch.FailQuietlyWhereMissing();
        var progress = new ProgressLine(error, claims.Count);
        var clock = Stopwatch.StartNew();
        var results = new SpecRunner(inputs, registry).RunAll(claims, progress.Show, cancellation).ToList();
        progress.Clear();
        var shown = results.Where(result => result.Verdict is null || filter.Shows(arguments, result.Verdict)).ToList();
        if (json is not null)
        {
            WriteJson(json, ResultsJson.Write(shown, RunEnvironment.Current(inputs.Artifacts.Description)));
        }

        var output = arguments.InvocationConfiguration.Output;
        if (!quiet)
        {
            foreach (var line in runs?.Describe(cancellation) ?? [])
            {
                output.WriteLine(line);
            }

            VerdictTable.Write(Terminal.For(output), Terminal.IsRedirected(output), shown);
        }

        var failed = results.Where(r => r.Verdict is null).ToList();
        var withoutLibTorch = failed.Where(result => result.Error?.EndsWith(SpecRunner.MissingLibTorch, StringComparison.Ordinal) == true)
            .ToList();

        foreach (var result in failed.Except(withoutLibTorch))
        {
            error.WriteLine($"error: {result.Error}");
        }

        if (withoutLibTorch.Count > 0)
        {
            error.WriteLine(
                Invariant($"error: {withoutLibTorch.Count} {InvariantText.Noun(withoutLibTorch.Count, "claim")}, ")
                    + Invariant($"the first {withoutLibTorch[0].Claim.Id}: ")
                + Invariant($"{SpecRunner.MissingLibTorch}"));
        }

        var altered = ClaimResult.DescribeAltered(results);
        foreach (var file in altered)
        {
            error.WriteLine($"error: {file}");
        }

        if (shown.Count < results.Count)
        {
            output.WriteLine(Invariant($"{shown.Count} of {results.Count} shown"));
        }

        var withoutSpec = chosen.Except(claims).ToList();
        Summarise(output, results, withoutSpec, clock.Elapsed, inputs.Artifacts.Description);
        return failed.Count > 0 || altered.Count > 0 ? CommandLine.Failure
            : !strict ? CommandLine.Success
            : CompareWithGolden(
                CommonOptions.Golden(arguments), [.. results, .. withoutSpec.Select(ClaimResult.Unchecked)], inputs.Catalog,
                id => filter.Concerns(arguments, id), error);
    }

    private static void WriteJson(string path, string content)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            AtomicFile.WriteText(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"--json {path}: cannot be written ({e.Message})", e);
        }
    }

    private static void Summarise(TextWriter output, List<ClaimResult> results, List<Claim> withoutSpec, TimeSpan elapsed, string source)
    {
        var counts = VerdictCounts.Count(results);
        var (published, findings) = (counts.Published.Values.Sum(), counts.Findings.Values.Sum());
        var line = Invariant(
            $"{results.Count} {InvariantText.Noun(results.Count, "claim")} in {elapsed.TotalSeconds:F1} s: {published} published");
        line += published > 0 ? $" ({VerdictCounts.Describe(counts.Published)})" : string.Empty;
        line += findings > 0
            ? Invariant($", {findings} {InvariantText.Noun(findings, "finding")} of ours ({VerdictCounts.Describe(counts.Findings)})")
            : string.Empty;
        var failed = results.Count(r => r.Verdict is null);
        output.WriteLine(failed > 0 ? Invariant($"{line}, {failed} failed to run") : line);
        output.WriteLine($"released files: {source}");
        var full = withoutSpec.Count(claim => claim.Tier == Tier.Full);
        if (full > 0)
        {
            output.WriteLine(Invariant($"{full} more {InvariantText.Noun(full, "claim")} that match: evidence from runs of ")
                + "your own is needed; give their folder with --runs (docs/full-runs.md)");
        }

        if (full < withoutSpec.Count)
        {
            var ids = withoutSpec.Where(claim => claim.Tier != Tier.Full).Select(claim => claim.Id);
            output.WriteLine($"without a spec: {string.Join(", ", ids)}");
        }
    }

    private static int CompareWithGolden(
        GoldenStore golden, List<ClaimResult> results, ClaimCatalog catalog, Func<string, bool> concerns, TextWriter error)
    {
        List<string> differences =
        [
            .. results.Select(result => (result.Claim.Id, Differences: golden.Compare(result))).Where(one => one.Differences.Count > 0)
                .Select(one => $"{one.Id}: {string.Join("; ", one.Differences)}"),
            .. results.SelectMany(result => result.DescribeUnread()),
            .. golden.WithoutClaim(catalog, concerns),
        ];
        differences.ForEach(error.WriteLine);
        return differences.Count > 0 ? CommandLine.GoldenMismatch : CommandLine.Success;
    }
}
