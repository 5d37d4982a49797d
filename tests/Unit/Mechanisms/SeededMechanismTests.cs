using System.Text.Json.Nodes;
using Repro.Core.Randomness;
using Repro.Experiments.Claims;
using Repro.Experiments.Mechanisms;
using Repro.Experiments.Worlds;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Mechanisms;

/// <summary>Mechanisms that are judged over seeds: designs, planted truths, wrong variants, and what chance does to the rule.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SeededMechanismTests
{
    private static readonly string Root = RepositoryRoot.Find();
    private static readonly ExperimentInputs Inputs = ExperimentInputs.Load(Root, "fixtures");
    private static readonly SpecRegistry Registry = SpecRegistry.Load();

    /// <summary>The claims of every design that trains no model.</summary>
    public static TheoryData<string> Claims => [.. Simulated];

    private static IEnumerable<string> Simulated => Directory.EnumerateFiles(Inputs.DesignFolder, "*.yaml").Order(StringComparer.Ordinal)
        .Select(ExperimentDesign.Read).Where(design => ExperimentList.All.All(experiment => experiment.Id != design.Id))
        .SelectMany(design => design.Claims);

    [Theory]
    [MemberData(nameof(Claims))]
    public void Planted_truths_are_found_and_wrong_variants_caught(string claimId)
    {
        var result = new SpecRunner(Inputs, Registry).Run(Inputs.Catalog.Get(claimId));
        result.Error.Should().BeNull();
        var values = result.Evidence!.Recomputed;
        var planted = values.Where(value => value.Key.StartsWith("planted: ", StringComparison.Ordinal)).ToList();
        planted.Where(value => !((string)value.Value).StartsWith("found: ", StringComparison.Ordinal)).Should().BeEmpty();
        var wrong = values.Where(value => value.Key.StartsWith(WrongVariant.Prefix, StringComparison.Ordinal)).ToList();
        wrong.Where(value => !CaughtInAll((string)value.Value)).Should().BeEmpty();
        if (claimId != "ADR-EQ12-REGRET")
        {
            (planted.Count + wrong.Count).Should().BePositive("a table of ratios alone needs no control");
        }

        result.Evidence.Seeds.Should().HaveCount(20);
    }

    [Fact]
    public void Committed_results_carry_the_hash_of_their_design()
    {
        var stamps = Directory.EnumerateFiles(Path.Combine(Root, "fixtures", "golden"), "*.verified.json")
            .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!.AsObject())
            .Select(claim => (claim.Key, Stamp: claim.Value!["values"]?["design"]?.ToString()))
            .Where(claim => claim.Stamp is not null).ToList();
        stamps.Select(claim => claim.Key).Should().Contain(Simulated);
        stamps.Should().OnlyContain(claim => claim.Stamp == Design(claim.Stamp!.Split(' ')[0]).Stamp);
    }

    /// <summary>
    /// 400 experiments of 8 seeds in which nothing is there: two rewards of equal spread, so that the weight cannot matter. Half the width
    /// of a 95 % interval of the share is 2 points.
    /// </summary>
    [Fact]
    public void Chance_alone_leaves_a_tabular_world_undecided_at_the_nominal_rate()
    {
        var rate = NullCalibration.Tabular(400);
        ((double)rate.Decided / rate.Experiments).Should().BeInRange(0.02, 0.07);
    }

    /// <summary>Values of one arm that differ by seed alone: the rule decides in one experiment of twenty, and does decide where the halves
    /// were not exchangeable.</summary>
    [Fact]
    public void Chance_alone_leaves_an_arm_undecided_against_itself_at_the_nominal_rate()
    {
        var random = new Xoshiro256(3);
        var rate = NullCalibration.SameArm("E0", "arm", random.NextNormals(20));
        ((double)rate.Decided / rate.Experiments).Should().BeInRange(0.01, 0.08);
        rate.Seeds.Should().Be(10);
        var few = () => NullCalibration.SameArm("E0", "arm", random.NextNormals(15));
        few.Should().Throw<ArgumentException>();
        var shifted = NullCalibration.Simulated("E0", "shifted", 8, source => source.NextNormal() + 3);
        shifted.Decided.Should().BeGreaterThan(490);
        foreach (var (name, draw) in NullCalibration.Distributions)
        {
            var drawn = NullCalibration.Simulated("E0", name, 8, draw);
            ((double)drawn.Decided / drawn.Experiments).Should().BeInRange(0.01, 0.12, name);
        }
    }

    private static ExperimentDesign Design(string id) => ExperimentDesign.Read(Path.Combine(Root, "fixtures", "designs", $"{id}.yaml"));

    private static bool CaughtInAll(string value)
    {
        var words = value.Split(' ');
        return words is ["caught", "in", var caught, "of", var cases, "cases"] && caught == cases && caught != "0";
    }
}
