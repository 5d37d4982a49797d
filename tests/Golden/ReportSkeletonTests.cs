using System.Text.RegularExpressions;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Reporting;
using Repro.Experiments.Reporting.Figures;
using Repro.Tests.Golden.Claims;

namespace Repro.Tests.Golden;

/// <summary>The structure of the report: its elements with identifiers, classes and headings, without texts, the chart library, styles and
/// data.</summary>
public sealed partial class ReportSkeletonTests
{
    private static readonly HashSet<string> Empty = new(["meta", "link", "input", "br", "hr", "img"], StringComparer.Ordinal);

    [Fact]
    public Task The_report_has_the_accepted_structure()
    {
        var root = RepositoryRoot.Find();
        var (inputs, results) = (TodaysResults.OnFacts.Inputs, TodaysResults.OnFacts.Where(_ => true));
        results.Where(result => result.Error is not null).Select(result => result.Error).Should().BeEmpty();
        var sections = PaperSections.Load(Path.Combine(root, "fixtures", "published", "sections.yaml"));
        var errata = new ErrataPage(ErrataCauses.Load(Path.Combine(root, "fixtures", "errata", "causes.yaml")), results);
        var mechanisms = MechanismList.Collect(inputs, results);
        var data = new ReportData(
            results, sections, ErrataList.Collect(results, sections), FigureCatalog.Draw(results, inputs, mechanisms), errata, null,
            mechanisms);
        return Verify(Skeleton(new ReportPage(data, []).Write()));
    }

    [Fact]
    public void Siblings_with_one_label_stand_once_with_what_any_of_them_holds()
    {
        const string Page =
            "<main id=\"m\"><ul class=\"a b\"><li>x</li><li><b>y</b></li><li><br>z</li></ul><h2>News &amp; more</h2><script>if (1 < 2) "
                + "{ '<p>' }</script></main>";
        Skeleton(Page).Should().Be("main#m\n  ul.a.b\n    li\n      b\n      br\n  h2 \"News &amp; more\"\n  script");
    }

    private static string Skeleton(string html)
    {
        var root = new Node(string.Empty);
        var open = new Stack<Node>([root]);
        foreach (Match tag in Tag().Matches(Hidden().Replace(html, "<$1$2></$1>")))
        {
            var name = tag.Groups["name"].Value;
            if (tag.Groups["end"].Length > 0)
            {
                open.Pop();
                continue;
            }

            var node = open.Peek().Child(Label(name, tag));
            if (!Empty.Contains(name) && !tag.Value.Contains("/>", StringComparison.Ordinal))
            {
                open.Push(node);
            }
        }

        open.Should().ContainSingle("every element is closed");
        return string.Join('\n', root.Children.Select(child => child.Text(string.Empty)));
    }

    private static string Label(string name, Match tag)
    {
        var id = Identifier().Match(tag.Groups["attributes"].Value) is { Success: true } match ? $"#{match.Groups[1].Value}" : string.Empty;
        var classes = Class().Match(tag.Groups["attributes"].Value) is { Success: true } given
            ? $".{given.Groups[1].Value.Replace(' ', '.')}"
            : string.Empty;
        var heading = name is "h1" or "h2" or "h3" or "th" or "title" or "caption"
            ? $" \"{tag.Groups["text"].Value.Trim()}\""
            : string.Empty;
        return name + (ClaimId().IsMatch(id) ? "#CLAIM" : id) + classes + heading;
    }

    private sealed record Node(string Label)
    {
        internal List<Node> Children { get; } = [];

        internal Node Child(string label)
        {
            if (Children.Find(child => child.Label == label) is { } same)
            {
                return same;
            }

            Children.Add(new Node(label));
            return Children[^1];
        }

        internal string Text(string indent) => indent + Label + string.Concat(Children.Select(child => "\n" + child.Text(indent + "  ")));
    }

    [GeneratedRegex("<(script|style)([^>]*)>.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Hidden();

    [GeneratedRegex("<(?<end>/?)(?<name>[a-z][a-z0-9]*)(?<attributes>[^>]*)>(?<text>[^<]*)")]
    private static partial Regex Tag();

    [GeneratedRegex("\\bid=\"([^\"]*)\"")]
    private static partial Regex Identifier();

    [GeneratedRegex("\\bclass=\"([^\"]*)\"")]
    private static partial Regex Class();

    [GeneratedRegex("^#(CRS|ADR)-")]
    private static partial Regex ClaimId();
}
