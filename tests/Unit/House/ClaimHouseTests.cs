using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Experiments.Adr.Specs;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Crs.Specs;
using Repro.Experiments.Reporting;

namespace Repro.Tests.Unit.House;

/// <summary>Rules over all claims and specs of the house.</summary>
public sealed partial class ClaimHouseTests
{
    private const string MechanismRoom = "Repro.Experiments.Mechanisms";

    // These are named by their subject, because their claims stand in several places of the papers or in none.
    private static readonly string[] NamedBySubject =
    [
        "AbstractWinRates", "AugmentedRows", "CategoryCounts", "InverseWeight", "Leaderboards",
        "LengthBiasedJudge", "ModelLengths", "OasstPattern", "PositionBias", "ReleasedRuns",
        "RewardModelAgreement", "SecondRun", "SentencesOnPeopleAndCategories", "SingleSentences", "StoredAgreement",
        "TrivialRules",
    ];

    private readonly ClaimCatalog _catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
    private readonly GoldenStore _golden = new(Path.Combine(RepositoryRoot.Find(), "fixtures", "golden"));
    private readonly SpecRegistry _registry = SpecRegistry.Load();

    [Fact]
    public void Every_claim_is_in_the_catalogue() =>
        _catalog.Claims.Count.Should().Be(562, "a claim that is added raises the number here, so that none is lost without a word");

    [Fact]
    public void Every_claim_that_needs_no_run_of_a_user_has_a_spec() =>
        _catalog.Claims.Where(c => c.Tier != Tier.Full && _registry.Find(c.Id) is null).Select(c => c.Id).Should().BeEmpty();

    [Fact]
    public void Every_spec_has_a_golden_verdict()
    {
        _registry.ClaimIds.Where(id => _golden.Verdict(_catalog.Get(id)) is null).Should().BeEmpty();
    }

    [Fact]
    public void Claims_hold_no_answers()
    {
        var folder = Path.Combine(RepositoryRoot.Find(), "fixtures", "claims");
        Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
            .Where(f => File.ReadAllText(f).Contains("recomputed:", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void Every_spec_class_is_named_by_what_it_checks()
    {
        var owners = _registry.ClaimIds.ToLookup(id => _registry.Owner(id)!, _catalog.Get);
        owners.Where(claims => claims.Any(claim => claims.Key.Namespace != RoomOf(claim))).Select(claims => claims.Key.FullName)
            .Should().BeEmpty();
        owners.Where(claims => claims.Key.Namespace != MechanismRoom)
            .Where(claims => claims.Key.Name is var name
                && !(Place().IsMatch(name) ? claims.Any(claim => IsAt(claim, name)) : NamedBySubject.Contains(name)))
            .Select(claims => $"{claims.Key.Name} settles claims of {string.Join("; ", claims.Select(claim => claim.Locator).Distinct())}")
            .Should().BeEmpty();
        NamedBySubject.Except(owners.Select(claims => claims.Key.Name)).Should().BeEmpty("exceptions are of classes that exist");
    }

    // A class of mechanisms is named by its subject, and holds no other claims.
    private static string RoomOf(Claim claim) => claim.Tier == Tier.Fixture ? MechanismRoom : $"Repro.Experiments.{claim.Paper}.Specs";

    [Theory]
    [InlineData("Table16WinRates", "Table 16 (section 6.4)", true)]
    [InlineData("Table16WinRates", "Table 6", false)]
    [InlineData("Table06And07Errors", "Table 7 rows 6-8", true)]
    [InlineData("Section531Counts", "section 5.3.1 / 5.1.2", true)]
    [InlineData("Section531Counts", "section 5.3, Table 5.3.1", false)]
    [InlineData("Section2Background", "section 2.5.3", true)]
    [InlineData("Section2Background", "text below equation 2.4", false)]
    [InlineData("Equation09SequenceError", "Eq. 9 and 10", true)]
    [InlineData("AppendixA2Scores", "Appendix A.1", false)]
    public void The_name_of_a_class_says_where_its_claims_stand(string name, string locator, bool there) =>
        IsAt(_catalog.Claims[0] with { Id = "CRS-X-none", Locator = locator }, name).Should().Be(there);

    [Fact]
    public void Every_spec_belongs_to_a_claim() => _registry.ClaimIds.Where(id => !_catalog.Contains(id)).Should().BeEmpty();

    [Fact]
    public void Every_golden_entry_and_file_belongs_to_a_claim()
    {
        _golden.WithoutClaim(_catalog, _ => true).Should().BeEmpty();
        var groups = _catalog.Claims.Select(claim => $"{claim.Group}.verified.json");
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Find(), "fixtures", "golden")).Select(path => Path.GetFileName(path))
            .Where(name => !name.Contains(".received.", StringComparison.Ordinal)).Except(groups).Should().BeEmpty();
    }

    // A claim of the group CRS-S5.3.2 may stand in a table that the section speaks of.
    // "Section531Counts" stands at "5.3.1" and in what is below it, "Table06And07Errors" at 6 or 7, "AppendixA2Scores" at "A.2".
    private static bool IsAt(Claim claim, string name)
    {
        var place = Place().Match(name);
        var kind = place.Groups["kind"].Value switch
        {
            "Equation" => "Eq\\.|equation",
            "Section" => "sections?|chapter",
            var other => $"{other}s?",
        };
        var locators = $"{claim.Locator}; {Regex.Replace(claim.Group, "^[A-Z]+-S(?=[0-9])", "section ")}";
        var numbers = new[] { place.Groups["first"].Value, place.Groups["last"].Value }.Where(number => number.Length > 0);
        return numbers.Select(number =>
            place.Groups["kind"].Value is "Section" or "Appendix"
                ? string.Join("\\.", number.ToCharArray())
                : Invariant($"{int.Parse(number, CultureInfo.InvariantCulture)}"))
            .Any(number => Regex.IsMatch(locators, $"({kind}) [^A-Za-z]*(?<![0-9.]){number}(?![0-9])", RegexOptions.IgnoreCase));
    }

    [GeneratedRegex("^(?<kind>Table|Figure|Section|Equation|Appendix)s?(?<first>[0-9]+|[A-D][0-9]?)((And|To)(?<last>[0-9]+))?")]
    private static partial Regex Place();
}
