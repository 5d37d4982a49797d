using System.Text.RegularExpressions;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using Repro.Experiments.Mechanisms;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Mechanisms;

/// <summary>Each exact check of a mechanism catches every wrong variant that its evidence names, in all cases.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed partial class ExactCheckTests
{
    private static readonly ExperimentInputs _inputs = ExperimentInputs.Load(RepositoryRoot.Find(), "fixtures");
    private static readonly SpecRegistry _registry = SpecRegistry.Load();

    /// <summary>Every mechanism claim with a spec that no design names.</summary>
    public static TheoryData<string> Claims
    {
        get
        {
            var designed = Directory.EnumerateFiles(_inputs.DesignFolder, "*.yaml").SelectMany(path => ExperimentDesign.Read(path).Claims);
            return [.. _inputs.Catalog.Claims.Where(claim => claim.Kind == ClaimKind.Mechanism && _registry.Find(claim.Id) is not null)
                .Select(claim => claim.Id).Except(designed, StringComparer.Ordinal)];
        }
    }

    [Theory]
    [MemberData(nameof(Claims))]
    public void Every_wrong_variant_is_caught_in_all_cases(string claimId)
    {
        var result = new SpecRunner(_inputs, _registry).Run(_inputs.Catalog.Get(claimId));
        result.Error.Should().BeNull();
        var variants = result.Evidence!.Recomputed
            .Where(value => value.Key.StartsWith(WrongVariant.Prefix, StringComparison.Ordinal)).ToList();
        variants.Should().NotBeEmpty();
        foreach (var (name, value) in variants)
        {
            var counts = Caught().Match((string)value);
            counts.Success.Should().BeTrue("{0} says '{1}'", name, value);
            counts.Groups["caught"].Value.Should().Be(counts.Groups["cases"].Value, name).And.NotBe("0");
        }
    }

    [Fact]
    public void A_variant_is_counted_in_the_cases_in_which_it_differs()
    {
        var seen = new List<double>();
        var sided = new ExactCheck<Func<double, double>>(7, Math.Abs, (found, draws, absolute) =>
        {
            var x = draws.Real(1);
            seen.Add(x);
            found.Note("absolute value", absolute(x), x < 0 ? -x : x);
        })
        {
            Cases = 40,
            Wrong = [new("keeps the sign", x => x), new("the same", x => Math.Max(x, -x))],
        };
        var context = new SpecContext(_inputs.Catalog.Get("CRS-E2.1"), _inputs, CancellationToken.None);
        var evidence = sided.Run(context, out var summary).Explain("done");
        seen.Should().HaveCount(3 * 40);
        seen[..40].Should().Equal(seen[40..80], "the check draws the same cases for every function");
        var negative = seen[..40].Count(x => x < 0);
        evidence.Recomputed["wrong variant: keeps the sign"].Should().Be(Invariant($"caught in {negative} of 40 cases"));
        evidence.Recomputed["wrong variant: the same"].Should().Be("caught in 0 of 40 cases");
        evidence.SampleSizes.Should().Contain("cases", 40);
        evidence.Findings.Should().ContainSingle(f => f.Name == "absolute value").Which.Outcome.Should().Be(Outcome.Agrees);
        summary.Should().Contain("over 40 random cases");
    }

    [GeneratedRegex("^caught in (?<caught>[0-9]+) of (?<cases>[0-9]+) cases$")]
    private static partial Regex Caught();
}
