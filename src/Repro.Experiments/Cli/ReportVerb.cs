using System.CommandLine;
using Repro.Core;
using Repro.Core.Hardware;
using Repro.Core.Training.Runs;
using Repro.Experiments.Claims;
using Repro.Experiments.Reporting;
using Repro.Experiments.Reporting.Figures;

namespace Repro.Experiments.Cli;

/// <summary><c>report</c>: the page, the verdict table, the badge and the errata.</summary>
internal static class ReportVerb
{
    internal static Command Create()
    {
        var folder = new Option<string?>("--out") { Description = "Folder to write to; default: out/report in the checkout." };
        var errata = new Option<string?>("--errata")
        {
            Description = "Where to write ERRATA.md, with errata.json beside it; default: inside the report folder.",
        };
        var badge = new Option<string?>("--badge") { Description = "Where to write badge.svg; default: inside the report folder." };
        var command = new Command("report", "Verifies all claims that have a spec and writes the HTML report, verdicts.csv, badge.svg, "
            + "ERRATA.md and errata.json.") { folder, errata, badge };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var root = CommonOptions.Root(arguments);
                var target = arguments.GetValue(folder) ?? Path.Combine(root, "out", "report");
                var inputs = CommonOptions.Inputs(arguments);
                var registry = SpecRegistry.Load();
                var claims = inputs.Catalog.Claims.Where(c => registry.Find(c.Id) is not null).ToList();
                LibTorch.FailQuietlyWhereMissing();
                var progress = new ProgressLine(arguments.InvocationConfiguration.Error, claims.Count);
                var results = new SpecRunner(inputs, registry).RunAll(claims, progress.Show, cancellation).ToList();
                progress.Clear();
                if (results.FirstOrDefault(r => r.Verdict is null) is { } failed)
                {
                    throw new ReproException($"no report: {failed.Error}");
                }

                var sections = PaperSections.Load(Path.Combine(root, "fixtures", "published", "sections.yaml"));
                var ranked = ErrataList.Collect(results, sections);
                var altered = ClaimResult.DescribeAltered(results);
                var page = altered.Count > 0
                    ? null
                    : new ErrataPage(ErrataCauses.Load(Path.Combine(root, "fixtures", "errata", "causes.yaml")), results);
                var mechanisms = MechanismList.Collect(inputs, results);
                var data = new ReportData(
                    results, sections, ranked, FigureCatalog.Draw(results, inputs, mechanisms), page, GitCommit.Find(root), mechanisms);
                Write(Path.Combine(target, "index.html"), new ReportPage(data, ChartLibrary.Load(root)).Write());
                Write(Path.Combine(target, "verdicts.csv"), VerdictsCsv.Write(results, sections));
                Write(arguments.GetValue(badge) ?? Path.Combine(target, "badge.svg"), Badge.Svg(results));
                foreach (var file in altered)
                {
                    arguments.InvocationConfiguration.Error.WriteLine($"error: {file}");
                }

                var output = arguments.InvocationConfiguration.Output;
                output.WriteLine(
                    Invariant($"{results.Count} {InvariantText.Noun(results.Count, "claim")}, {ranked.Count} contradicted or qualified: ")
                    + Path.Combine(target, "index.html"));
                if (page is null)
                {
                    arguments.InvocationConfiguration.Error.WriteLine("error: ERRATA.md and errata.json were not written");
                    return CommandLine.Failure;
                }

                var place = arguments.GetValue(errata) ?? Path.Combine(target, "ERRATA.md");
                Write(place, page.Markdown());
                Write(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(place))!, "errata.json"), page.Json());
                output.WriteLine(Invariant($"{page.Entries.Count} entries of errata: {place}"));
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static void Write(string path, string content)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            AtomicFile.WriteText(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: cannot be written ({e.Message})", e);
        }
    }
}
