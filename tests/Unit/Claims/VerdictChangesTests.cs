using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Claims;

/// <summary>docs/verdict-changes.md says what the goldens say.</summary>
public sealed class VerdictChangesTests
{
    private static readonly string Root = RepositoryRoot.Find();
    private static readonly IReadOnlyList<string[]> Lines =
    [
        .. File.ReadLines(Path.Combine(Root, "docs", "verdict-changes.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)),
    ];

    private readonly Dictionary<string, Verdict> _golden = Directory
        .GetFiles(Path.Combine(Root, "fixtures", "golden"), "*.verified.json")
        .SelectMany(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateObject())
        .Where(claim => claim.Value.TryGetProperty("verdict", out _))
        .ToDictionary(
            claim => claim.Name, claim => Enum.Parse<Verdict>(claim.Value.GetProperty("verdict").GetString()!), StringComparer.Ordinal);

    private readonly ClaimCatalog _catalog = ClaimCatalog.Load(Path.Combine(Root, "fixtures", "claims"));

    private static List<string[]> Changed => Rows(4);

    private static List<string[]> Added => Rows(3);

    [Fact]
    public void The_97_changed_verdicts_are_those_of_the_goldens()
    {
        Changed.Should().HaveCount(97);
        Changed.Select(l => l[0]).Should().OnlyHaveUniqueItems();
        Changed.Where(l => l[1] == l[2] || string.IsNullOrWhiteSpace(l[3])).Should().BeEmpty();
        Changed.Select(l => $"{l[0]} {l[2]}").Should().BeSubsetOf(_golden.Select(g => $"{g.Key} {g.Value}"));
    }

    [Fact]
    public void The_added_claims_are_those_of_the_goldens()
    {
        Added.Should().HaveCount(31);
        Added.Select(l => $"{l[0]} {l[1]}").Should().BeSubsetOf(_golden.Select(g => $"{g.Key} {g.Value}"));
        Added.Select(l => l[0]).Should().NotIntersectWith(Changed.Select(l => l[0]));
    }

    [Theory]
    [InlineData("now, published", ClaimClass.Published, null)]
    [InlineData("of these descriptive", ClaimClass.Published, ClaimMode.Descriptive)]
    [InlineData("of these inferential", ClaimClass.Published, ClaimMode.Inferential)]
    [InlineData("now, findings", ClaimClass.Finding, null)]
    [InlineData("of these descriptive", ClaimClass.Finding, ClaimMode.Descriptive)]
    [InlineData("of these inferential", ClaimClass.Finding, ClaimMode.Inferential)]
    public void Counts_are_those_of_the_goldens(string row, ClaimClass of, ClaimMode? mode)
    {
        var added = Added.Select(l => l[0]).ToHashSet(StringComparer.Ordinal);
        // The 440 claims whose verdicts the page speaks of are those that need no training.
        var claims = _catalog.Claims.Where(c => c.Tier == Tier.Static && c.Class == of && (mode is null || c.Mode == mode)
            && _golden.ContainsKey(c.Id) && !added.Contains(c.Id)).ToList();
        int[] counts = [.. Enum.GetValues<Verdict>().Select(v => claims.Count(c => _golden[c.Id] == v)), claims.Count];
        var lines = Lines.Where(l => l[0] == row).ToList();
        var line = lines[lines.Count == 1 || of == ClaimClass.Published ? 0 : 1];
        line.Skip(1).Select(n => int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).Should().Equal(counts);
    }

    /// <summary>What a claim added later compares could come out otherwise, and its procedure says how.</summary>
    [Fact]
    public void Added_claims_say_what_would_have_contradicted_them()
    {
        string[] words = ["Contradicted", "Not so", "Not found", "not confirm"];
        var silent = Added.Select(l => _catalog.Get(l[0]))
            .Where(c => c.Procedure is null || !words.Any(w => c.Procedure.Contains(w, StringComparison.Ordinal)));
        silent.Select(c => c.Id).Should().BeEmpty();
    }

    private static List<string[]> Rows(int cells) =>
        [.. Lines.Where(l => l.Length == cells && l[0].Contains('-', StringComparison.Ordinal) && l[1] != "---")];
}
