using Repro.Experiments.Claims;
using Repro.Experiments.Reporting;

namespace Repro.Tests.Golden;

/// <summary>The errata for the papers' authors.</summary>
public sealed class ErrataTests
{
    private readonly string _root = RepositoryRoot.Find();

    [Fact]
    public void The_committed_page_is_what_make_report_writes()
    {
        var inputs = ExperimentInputs.Load(_root, "fixtures");
        var results = new SpecRunner(inputs, SpecRegistry.Load()).RunAll(inputs.Catalog.Claims.Where(c => c.Tier == Tier.Static)).ToList();
        var sections = PaperSections.Load(Path.Combine(_root, "fixtures", "published", "sections.yaml"));
        var today = ErrataMarkdown.Write(ErrataList.Of(results, sections));
        File.ReadAllText(Path.Combine(_root, "docs", "badge.svg")).ReplaceLineEndings("\n").Should().Be(Badge.Svg(results).ReplaceLineEndings("\n"), "`make report` writes it anew");
        File.ReadAllText(Path.Combine(_root, "ERRATA.md")).ReplaceLineEndings("\n").Should().Be(today.ReplaceLineEndings("\n"), "`make report` writes it anew");
    }
}
