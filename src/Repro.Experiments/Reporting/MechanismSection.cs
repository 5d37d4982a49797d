using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>A part for each experiment and simulation: world, claims with every seed, planted truths, sweep, how to repeat it, and the
/// history of its design.</summary>
/// <param name="html">The page.</param>
/// <param name="mechanisms">The claims by family.</param>
/// <param name="figures">The figures, of which those of mechanisms are shown here.</param>
internal sealed partial class MechanismSection(Html html, MechanismList mechanisms, IReadOnlyList<Figure> figures)
{
    private readonly FigureSection _figures = new(html, figures);

    internal void Write()
    {
        html.Raw("<section id=\"mechanisms\" aria-labelledby=\"mechanisms-title\">");
        html.Element("h2", "id=\"mechanisms-title\"", "Mechanisms, run again");
        Introduction();
        new WorldPicture(html).Write();
        Study();
        foreach (var family in mechanisms.Families)
        {
            Family(family);
        }

        Exact();
        html.Raw("</section>");
    }

    private void Introduction()
    {
        var counts = mechanisms.Results.GroupBy(result => result.Verdict!.Value).OrderBy(group => group.Key)
            .Select(group => Invariant($"{group.Count()} {VerdictText.Label(group.Key).ToLowerInvariant()}"));
        var seeds = mechanisms.Families.Select(family => family.Design.Seeds).Distinct().Order();
        html.Element("p", Invariant($"{mechanisms.Results.Count + mechanisms.Unchecked.Count} claims say that something happens. They are ")
            + $"run again in small worlds whose truth is planted, with {InvariantText.Join(" or ", seeds)} seeds, or checked exactly: "
            + string.Join(", ", counts)
            + (mechanisms.Unchecked.Count == 0 ? "." : Invariant($", {mechanisms.Unchecked.Count} without a check."))
            + " A comparison counts where a paired t interval and an exact sign-flip test, corrected by Holm, agree and the effect reaches "
            + "the margin that the design named beforehand.");
        html.Element("p", $"Designs are hashed files. These versions were decided after results had been seen: "
            + $"{SeedText.ChangedAfterResults(mechanisms.Families)}. Their reasons are below.");
        html.Raw("<nav class=\"parts\" aria-label=\"Mechanisms\">");
        foreach (var family in mechanisms.Families)
        {
            html.Element("a", Html.Attribute("href", $"#mechanism-{family.Design.Id}"), Name(family)).Text(" ");
        }

        html.Element("a", "href=\"#mechanism-study\"", "the study").Text(" ").Element("a", "href=\"#mechanism-exact\"", "exact checks")
            .Raw("</nav>");
    }

    // Figures whose names begin alike, with headings one level below what they stand in.
    private void Draw(string start, string heading)
    {
        foreach (var figure in figures.Where(figure => figure.Id.StartsWith(start, StringComparison.Ordinal)))
        {
            _figures.Write(figure, heading);
        }
    }

    // Between the picture of the world and the experiments, because it judges their claims again.
    private void Study()
    {
        var tables = new StudyTables(mechanisms);
        html.Raw("<article class=\"mechanism\" id=\"mechanism-study\">");
        html.Element("h3", "The study").Element("p", tables.Introduction);
        if (mechanisms.Study.Results.Count > 0)
        {
            html.Element("p", tables.Changes.Count == 0 ? "All verdicts are those of the fixture tier."
                : $"Verdicts that differ: {string.Join(", ", tables.Changes)}.");
            Details(tables.Verdicts);
        }

        foreach (var finding in mechanisms.Study.Findings)
        {
            html.Element("h4", $"Beside the claims: {finding.Title}").Element("p", finding.Text);
            Draw($"curve-{finding.Experiment}-", "h5");
            Draw($"phase-{finding.Experiment}", "h5");
            Details(StudyTables.Build(finding));
        }

        Details(tables.Power);
        Details(tables.Nulls);
        html.Raw("</article>");
    }

    private void Details(NamedTable table) => Details(table.Name, "study and fixtures", table.Columns,
        table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(cell => cell.Trim('`'))]));

    private static string Name(MechanismFamily family) => $"{family.Design.Id}: {family.Title}";

    private void Family(MechanismFamily family)
    {
        html.Raw($"<article class=\"mechanism\"{Html.Attribute("id", $"mechanism-{family.Design.Id}")}>");
        html.Element("h3", Name(family));
        html.Element("p", family.Design.Question);
        Draw($"curve-{family.Design.Id}-", "h4");
        foreach (var part in family.Parts)
        {
            Part(part);
        }

        html.Element("h4", "How to repeat it").Element("pre", "tabindex=\"0\"", () => html.Element("code", family.Command));
        History(family.Design);
        html.Raw("</article>");
    }

    private void History(ExperimentDesign design)
    {
        html.Element("h4", "What was decided when");
        html.Element("p", string.Empty, () => html.Text("In force: ").Element("code", design.Stamp)
            .Text(Invariant($", {design.Seeds} seeds. Expected before the run: {design.Expected ?? "nothing was written down."}")));
        html.Raw("<ol class=\"history\">");
        foreach (var version in design.History)
        {
            html.Raw("<li>").Element("strong", SeedText.When(version)).Text($" ({version.Decided}, ").Element("code", version.Content)
                .Text($"): {version.Reason}.").Raw("</li>");
        }

        html.Raw("</ol>");
    }

    private void Part(MechanismPart part)
    {
        var (claim, evidence) = (part.Result.Claim, part.Result.Evidence!);
        html.Raw($"<div class=\"part {VerdictText.CssClass(part.Result.Verdict!.Value)}\">");
        html.Element("h4", string.Empty, () =>
        {
            VerdictText.Chip(html, part.Result.Verdict.Value);
            html.Text(" ").Element("a", Html.Attribute("href", $"#{claim.Id}"), claim.Id);
        });
        html.Element("p", "class=\"finding\"", claim.Statement);
        if (part.Elsewhere is { } other)
        {
            html.Element("p", string.Empty, () => html.Text("Its evidence is with ")
                .Element("a", Html.Attribute("href", $"#mechanism-{other}"), other).Text("."));
        }
        else
        {
            html.Element("p", "class=\"explanation\"", evidence.Explanation);
            Reservations(evidence);
            if (figures.FirstOrDefault(figure => figure.Id == part.FigureId) is { } figure)
            {
                _figures.Write(figure, "h5");
            }

            Draw($"phase-{claim.Id}", "h5");
            Planted(part);
            Sweep(part);
            Curves(part);
        }

        html.Raw("</div>");
    }

    private void Reservations(Evidence evidence)
    {
        var reservations = evidence.Findings.Where(finding => finding.Outcome == Outcome.Reservation).ToList();
        if (reservations.Count == 0)
        {
            return;
        }

        html.Element("p", "Reservations:").Raw("<ul>");
        foreach (var finding in reservations)
        {
            html.Element("li", finding.Detail.Length == 0 ? finding.Name : $"{finding.Name}: {SeedText.Words(finding.Detail)}");
        }

        html.Raw("</ul>");
    }

    private void Planted(MechanismPart part)
    {
        var planted = part.Comparisons.Where(one => one.Role == SeedRole.Planted).ToList();
        if (planted.Count > 0)
        {
            Details("Planted truths", $"{part.Result.Claim.Id} in {part.Family}",
                ["planted", "truth", "came out", "effect, 95% interval", "sign-flip p", "found"],
                planted.Select(one => (IReadOnlyList<string>)
                [
                    one.Name, SeedText.Planted(one.Claimed), Outcomes(one), SeedText.Effect(one.Decision),
                    Invariant($"{one.Decision.SignFlipP:G3}"), one.AsClaimed ? "✓ yes" : "✗ no",
                ]));
        }
    }

    // Names that differ in their last number alone are a row of a phase table; the others are listed.
    private void Sweep(MechanismPart part)
    {
        var swept = part.Comparisons.Where(one => one.Role != SeedRole.Planted).ToList();
        if (swept.All(one => one.Role == SeedRole.Deciding) && swept.Count < 2)
        {
            return;
        }

        var families = swept.Select(one => (One: one, Match: LastNumber().Match(one.Name))).Where(one => one.Match.Success)
            .GroupBy(one => one.Match.Groups["stem"].Value, one => (one.One, Value: one.Match.Groups["value"].Value),
                StringComparer.Ordinal)
            .Where(group => group.Select(one => one.Value).Distinct(StringComparer.Ordinal).Count() >= 3).ToList();
        foreach (var table in families.GroupBy(group => string.Join(' ', Values(group)), StringComparer.Ordinal))
        {
            var columns = Values(table.First());
            Details("Phase table", $"{part.Result.Claim.Id}, {table.First().Key}",
                ["first arm minus second", .. columns], table.Select(group => (IReadOnlyList<string>)
                [group.Key.TrimEnd(' ', '=', ','), .. columns.Select(value => Cell(group.First(one => one.Value == value).One))]));
        }

        var listed = swept.Except(families.SelectMany(group => group).Select(one => one.One)).ToList();
        if (listed.Count > 0)
        {
            Details("Sweep", $"{part.Result.Claim.Id} in {part.Family}",
                ["comparison", "came out", "effect, 95% interval", "sign-flip p"], listed.Select(one => (IReadOnlyList<string>)
                [one.Name, Outcomes(one), SeedText.Effect(one.Decision), Invariant($"{one.Decision.SignFlipP:G3}")]));
        }
    }

    private static List<string> Values(IEnumerable<(SeedResult One, string Value)> group) =>
        [.. group.Select(one => one.Value).Distinct(StringComparer.Ordinal)
            .OrderBy(value => double.Parse(value, CultureInfo.InvariantCulture))];

    private static string Cell(SeedResult one) => $"{SeedText.Symbol(one.Decision.Outcome)} {SeedText.Effect(one.Decision)}";

    private static string Outcomes(SeedResult one) => $"{SeedText.Symbol(one.Decision.Outcome)} {SeedText.Outcome(one.Decision.Outcome)}";

    // The evidence has means by checkpoint, and rows of numbers over a range that their name ends with, as text.
    private void Curves(MechanismPart part)
    {
        if (part.Comparisons.Count > 0 && part.Comparisons.All(MechanismList.IsTrained))
        {
            return;
        }

        var rows = part.Result.Evidence!.Recomputed.Where(value => value.Value is string)
            .Select(value => Curve(value.Key, (string)value.Value)).OfType<(string Name, string[] X, string[] Y)>();
        foreach (var table in rows.GroupBy(row => string.Join(' ', row.X), StringComparer.Ordinal))
        {
            Details(table.First().Name.Contains(" by ", StringComparison.Ordinal) ? "Over training, means" : "Phase table",
                Invariant($"{part.Result.Claim.Id}, from {table.First().X[0]}"), [string.Empty, .. table.First().X],
                table.Select(row => (IReadOnlyList<string>)[row.Name, .. row.Y]));
        }
    }

    private static (string Name, string[] X, string[] Y)? Curve(string name, string text)
    {
        if (ByCheckpoint().IsMatch(text))
        {
            var points = text.Split(", ").Select(point => point.Split(": ")).ToList();
            return (name, [.. points.Select(point => point[0])], [.. points.Select(point => point[1])]);
        }

        var numbers = text.Split(' ');
        if (Range().Match(name) is not { Success: true } range || numbers.Length < 3)
        {
            return null;
        }

        double Bound(string group) => double.Parse(range.Groups[group].Value, CultureInfo.InvariantCulture);
        var (from, step) = (Bound("from"), (Bound("to") - Bound("from")) / (numbers.Length - 1));
        return (name[..range.Index].TrimEnd(',', ' '),
            [.. numbers.Select((_, i) => Invariant($"{range.Groups["what"].Value} {from + (i * step):0.##}"))], numbers);
    }

    private void Exact()
    {
        html.Raw("<article class=\"mechanism\" id=\"mechanism-exact\">");
        html.Element("h3", "Exact checks");
        html.Element("p", Invariant($"{mechanisms.Exact.Count} claims hold for every case or do not. Each is checked on drawn cases, and ")
            + "a variant that is wrong on purpose must be caught.");
        Details("Exact checks", "all claims", ["claim", "verdict", "statement", "wrong variants caught"],
            mechanisms.Exact.Select(result => (IReadOnlyList<string>)
            [
                result.Claim.Id, $"{VerdictText.Symbol(result.Verdict!.Value)} {VerdictText.Label(result.Verdict.Value)}",
                result.Claim.Statement, Caught([.. MechanismsPage.Variants(result)]),
            ]));
        foreach (var claim in mechanisms.Unchecked)
        {
            html.Element("p", $"Without a check: {claim.Id}. {claim.Statement}");
        }

        html.Raw("</article>");
    }

    private static string Caught(IReadOnlyList<string> variants) =>
        variants.Count == 0 ? "none stated" : Invariant($"{variants.Count(MechanismsPage.IsCaught)} of {variants.Count}");

    private void Details(string name, string of, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        html.Raw("<details>").Element("summary", name);
        PageParts.Table(html, $"{name}, {of}", columns, rows);
        html.Raw("</details>");
    }

    [GeneratedRegex(@"^(?<stem>.*[^\d.-])(?<value>\d+(\.\d+)?)$")]
    private static partial Regex LastNumber();

    [GeneratedRegex(@"^\d+: -?[\d.]+(, \d+: -?[\d.]+)+$")]
    private static partial Regex ByCheckpoint();

    [GeneratedRegex(@"(?<what>\w+) (?<from>[\d.]+) to (?<to>[\d.]+)$")]
    private static partial Regex Range();
}
