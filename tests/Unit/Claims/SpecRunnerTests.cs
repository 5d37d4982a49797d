using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Training.RewardModels;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

/// <summary>What a spec reads, how it is found and run, and how its result is written.</summary>
public sealed class SpecRunnerTests
{
    private const string Lead = "CRS-T16-abs_vs_sft";

    private static readonly ExperimentInputs Inputs = ExperimentInputs.Load(RepositoryRoot.Find(), "fixtures");

    private static Claim Mechanism => Inputs.Catalog.Get("CRS-S6.2-preference-overfits");

    [Fact]
    public void Every_file_that_a_spec_reads_stands_in_the_evidence()
    {
        var context = new SpecContext(Mechanism, Inputs, default);
        context.Table("crs/table-16");
        context.Config<PreferenceRewardConfig>("crs/rm-preference");
        context.Stage("crs/ppo-abs");
        context.Design("E1");
        context.Results("E1").Should().NotBeNull();
        context.Results("no such experiment").Should().BeNull();
        var files = context.Evidence().Require("x", true).Explain("because").Files;
        files.Select(file => file.Path).Should().Equal(
            "configs/crs/ppo-abs.yaml", "configs/crs/rm-preference.yaml", "designs/E1.yaml", "published/crs/table-16.yaml",
            "results/E1.json");
        files.Should().OnlyContain(file => file.Sha256.Length == 64);
    }

    [Fact]
    public void The_study_has_designs_and_results_of_its_own()
    {
        (SeedSet.Fixture.DesignOf("E4"), SeedSet.Study.DesignOf("E4")).Should().Be(("E4", "study-E4"));
        SeedSet.Fixture.Key("designs", "E4.yaml").Should().Be("designs/E4.yaml");
        SeedSet.Study.Key("results", "E4.json").Should().Be("results/study/E4.json");
    }

    [Fact]
    public void A_printed_number_may_stand_in_another_claim()
    {
        var (own, other) = (Claim("CRS-X-a", ("n", "1")), Claim("CRS-X-b", ("n", "2")));
        var inputs = new ExperimentInputs(Catalog(own, other), "published", Inputs.Artifacts);
        var context = new SpecContext(own, inputs, default);
        context.Printed("n").AsInput().Should().Be(1);
        context.Printed("CRS-X-b", "n").AsInput().Should().Be(2);
        context.Evidence().Require("x", true).Explain("because").PublishedInputs.Should().Equal("claims/CRS-X-a#n", "claims/CRS-X-b#n");
    }

    [Fact]
    public void A_value_that_the_spec_does_not_read_is_said()
    {
        var claim = Claim("CRS-X-a", ("number", "1"), ("names", "a, b"), ("spare", "3"));
        var spec = new Spec(claim.Id, context => context.Evidence()
            .Require("x", context.Printed("number").AsInput() == 1 && context.PrintedText("names") == "a, b").Explain("because"));
        Runner(spec).Run(claim).DescribeUnread().Should().Equal(
            "here: claim CRS-X-a has a value 'spare' that its spec does not read; remove it, or let the spec read it");
        var other = () => new SpecContext(claim, Inputs, default).PrintedText("spore");
        other.Should().Throw<ReproException>().WithMessage("here: claim CRS-X-a has no value 'spore'; did you mean 'spare'?");
        var text = () => new SpecContext(claim, Inputs, default).Printed("names");
        text.Should().Throw<ReproException>().WithMessage("here: claim CRS-X-a, value 'names': 'a, b' is not a number as printed*");
    }

    [Fact]
    public void A_table_or_design_that_is_not_the_claims_is_named()
    {
        var context = new SpecContext(Mechanism, Inputs, default);
        var table = () => context.Table("crs/table-99");
        table.Should().Throw<ReproException>().WithMessage("*table-99.yaml: cannot be read; expected the published table 'crs/table-99'*");
        var design = () => context.Design("E4");
        design.Should().Throw<ReproException>().WithMessage("*E4.yaml: the design does not name the claim CRS-S6.2-preference-overfits*");
        var catalog = () => YamlFile.ReadMapping(Path.Combine(Path.GetTempPath(), "no such folder", "claims.yaml"));
        catalog.Should().Throw<ReproException>().WithMessage("*claims.yaml: cannot be read*");
    }

    [Fact]
    public void A_cancelled_spec_reads_no_released_file()
    {
        var context = new SpecContext(Inputs.Catalog.Get(Lead), Inputs, new CancellationToken(canceled: true));
        var read = () => context.Artifact<TableFacts>("alpaca_eval/leaderboard.csv");
        read.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Specs_are_found_in_the_program_and_those_of_a_caller_beside_them()
    {
        var registry = SpecRegistry.Load(new Group(Spec("CRS-X-a")));
        registry.Owner("CRS-X-a").Should().Be<Group>();
        registry.Owner(Lead).Should().NotBeNull().And.NotBe<Group>();
        registry.ClaimIds.Count.Should().BeGreaterThan(400);
        registry.Find("CRS-X-b").Should().BeNull();
    }

    [Fact]
    public void Claims_run_in_order_and_those_without_a_spec_are_left_out()
    {
        var runner = Runner(Spec("CRS-X-a"), Spec("CRS-X-c"));
        var told = new List<(int, string)>();
        var results = runner.RunAll(
            [Claim("CRS-X-a"), Claim("CRS-X-b"), Claim("CRS-X-c")], (index, claim) => told.Add((index, claim.Id))).ToList();
        told.Should().Equal((0, "CRS-X-a"), (1, "CRS-X-c"));
        results.Select(result => (result.Claim.Id, result.Verdict)).Should().Equal(("CRS-X-a", Verdict.Holds), ("CRS-X-c", Verdict.Holds));
        results[0].Evidence!.Explanation.Should().Be("because", "nothing is said of altered files where there are none");
        var missing = () => runner.Run(Claim("CRS-X-b"));
        missing.Should().Throw<ReproException>().WithMessage("here: claim CRS-X-b has no spec");
        using var source = new CancellationTokenSource();
        var stopped = () => runner.RunAll([Claim("CRS-X-a"), Claim("CRS-X-c")], (_, _) => source.Cancel(), source.Token).ToList();
        stopped.Should().Throw<OperationCanceledException>();
    }

    [Theory]
    [InlineData(true, "CRS-X-a: table.yaml:3: no number")]
    [InlineData(false, "CRS-X-a (Group): FormatException: table.yaml:3: no number")]
    public void A_spec_that_fails_says_why_and_lets_the_others_run(bool badInput, string message)
    {
        Exception failure = badInput ? new ReproException("table.yaml:3: no number") : new FormatException("table.yaml:3: no number");
        var runner = Runner(new Spec("CRS-X-a", _ => throw failure), Spec("CRS-X-b"));
        var results = runner.RunAll([Claim("CRS-X-a"), Claim("CRS-X-b")]).ToList();
        results[0].Should().BeEquivalentTo(new { Error = message, Verdict = (Verdict?)null, Evidence = (Evidence?)null });
        results[1].Verdict.Should().Be(Verdict.Holds);
    }

    [Fact]
    public void Results_are_objects_with_values_apart_from_evidence()
    {
        var spec = new Spec("CRS-X-a", context => context.Evidence().Value("n", 3L).Require("“x”", true).Explain("because"));
        var good = Runner(spec).Run(Claim("CRS-X-a"));
        var bad = new ClaimResult(Claim("CRS-X-b"), null, null, "CRS-X-b: boom", 0.25);
        var text = ResultsJson.Write([good, bad], new RunEnvironment("runtime", "system", 2, "released", null));
        text.Should().EndWith("]\n").And.Contain("\n    \"id\": \"CRS-X-a\",\n").And.Contain("“x”");
        var array = JsonNode.Parse(text)!.AsArray();
        var (first, second) = (array[0]!.AsObject(), array[1]!.AsObject());
        first["verdict"]!.ToString().Should().Be("Holds");
        first["recomputed"]!.ToJsonString().Should().Be("""{"n":3}""");
        first["explanation"]!.ToString().Should().Be("because");
        first["evidence"]!.AsObject().Select(part => part.Key).Should().NotContain(["recomputed", "explanation"])
            .And.Contain(["findings", "files", "environment"]);
        first["evidence"]!["findings"]![0]!["outcome"]!.ToString().Should().Be("agrees");
        first["evidence"]!["environment"]!["artifacts"]!.ToString().Should().Be("released");
        (second["evidence"], second["verdict"], second["recomputed"]).Should().Be((null, null, null));
        (second["error"]!.ToString(), second["seconds"]!.GetValue<double>()).Should().Be(("CRS-X-b: boom", 0.25));
    }

    [Theory]
    [InlineData("CRS-T16-abs_vs_sft", "CRS-T16")]
    [InlineData("CRS-T16", "CRS-T16")]
    [InlineData("CRS", "CRS")]
    public void The_group_of_a_claim_is_the_beginning_of_its_id(string id, string group) =>
        Experiments.Claims.Claim.GroupOf(id).Should().Be(group);

    public static TheoryData<string, Action> Missing() => new()
    {
        { "claim", () => VerdictRule.Decide(null!, []) },
        { "findings", () => VerdictRule.Decide(Claim("CRS-X-a"), null!) },
        { "findings", () => VerdictRule.Decide((IReadOnlyCollection<Finding>)null!) },
        { "published", () => Builder().Compare("x", null!, 1) },
        { "published", () => Builder().Check("x", null!, 1) },
        { "published", () => Builder().CompareExactly("x", null!, 1) },
        { "family", () => Builder().RequireLead("x", 1, 2, null!, 0) },
        { "claim", () => new GoldenStore("golden").Verdict(null!) },
        { "result", () => new GoldenStore("golden").Compare(null!) },
        { "results", () => new GoldenStore("golden").Text("CRS-X", null!) },
        { "catalog", () => new GoldenStore("golden").WithoutClaim(null!, _ => true) },
        { "results", () => ResultsJson.Write(null!, RunEnvironment.Current("released")) },
        { "groups", () => SpecRegistry.From(null!) },
        { "claim", () => Runner().Run(null!) },
    };

    [Theory]
    [MemberData(nameof(Missing))]
    public void What_is_null_is_named(string parameter, Action call) =>
        call.Should().Throw<ArgumentNullException>().WithParameterName(parameter);

    private static SpecRunner Runner(params Spec[] specs) => new(Inputs, SpecRegistry.From([new Group(specs)]));

    private static Spec Spec(string id) => new(id, context => context.Evidence().Require("x", true).Explain("because"));

    private static EvidenceBuilder Builder() => new(new UsageLog());

    private static ClaimCatalog Catalog(params Claim[] claims)
    {
        using var folder = new TemporaryFolder();
        foreach (var claim in claims)
        {
            folder.Write(
                $"crs/{claim.Id}.yaml",
                $"paper: crs\nclaims:\n- {{id: {claim.Id}, locator: here, kind: arithmetic, class: published, mode: descriptive, "
                    + $"statement: s, values: {{n: {claim.Values["n"]}}}}}\n");
        }

        return ClaimCatalog.Load(folder.Path);
    }

    private static Claim Claim(string id, params (string Name, string Text)[] values) => new(
        id, Paper.Crs, "here", ClaimKind.Arithmetic, ClaimClass.Published, ClaimMode.Descriptive, "s", null,
        values.ToDictionary(value => value.Name, value => value.Text), null, null, null, null, null, "here");

    private sealed class Group(params Spec[] specs) : ISpecGroup
    {
        public IEnumerable<Spec> Specs() => specs;
    }
}
