using Repro.Experiments.Claims;
using Repro.Experiments.Reporting;

namespace Repro.Tests.Golden;

/// <summary>The errata for the papers' authors.</summary>
public sealed class ErrataTests
{
    private readonly string _root = RepositoryRoot.Find();

    [Fact]
    public async Task Errata_and_badge_are_what_make_report_writes()
    {
        var inputs = ExperimentInputs.Load(_root, "fixtures");
        var results = new SpecRunner(inputs, SpecRegistry.Load()).RunAll(inputs.Catalog.Claims).ToList();
        results.Where(result => result.Error is not null).Select(result => result.Error).Should().BeEmpty();
        var sections = PaperSections.Load(Path.Combine(_root, "fixtures", "published", "sections.yaml"));
        await CommittedDocument.VerifyAsync("docs/badge.svg", Badge.Svg(results));
        await CommittedDocument.VerifyAsync("ERRATA.md", ErrataMarkdown.Write(ErrataList.Of(results, sections)));
    }
}
