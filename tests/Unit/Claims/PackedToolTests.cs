using Repro.Experiments.Claims;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

/// <summary>What the tool needs that is installed as a package, without a checkout and without LibTorch.</summary>
public sealed class PackedToolTests
{
    [Fact]
    public void A_folder_with_the_fixtures_stands_for_a_checkout()
    {
        using var folder = new TemporaryFolder();
        RepositoryRoot.Carried(folder.Path).Should().BeNull();
        folder.Write("fixtures/claims/adr/T1.yaml", string.Empty);
        RepositoryRoot.Carried(folder.Path).Should().Be(folder.Path);
    }

    [Fact]
    public void A_spec_without_LibTorch_says_how_to_name_one()
    {
        var inputs = ExperimentInputs.Load(RepositoryRoot.Find(), "fixtures");
        var claim = inputs.Catalog.Claims[0];
        var result = new SpecRunner(inputs, SpecRegistry.From([new Failing(claim.Id, "TorchSharp.torch")])).Run(claim);
        result.Error.Should().Contain("--libtorch").And.NotContain("TypeInitializationException");
        var other = new SpecRunner(inputs, SpecRegistry.From([new Failing(claim.Id, "Some.Other")])).Run(claim);
        other.Error.Should().Contain("TypeInitializationException");
    }

    private sealed class Failing(string claim, string type) : ISpecGroup
    {
        public IEnumerable<Spec> Specs() =>
            [new Spec(claim, _ => throw new TypeInitializationException(type, new NotSupportedException()))];
    }
}
