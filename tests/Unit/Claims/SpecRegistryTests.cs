using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Claims;

public sealed class SpecRegistryTests
{
    [Fact]
    public void Two_specs_for_one_claim_are_refused_with_both_owners()
    {
        var load = () => SpecRegistry.From([new Group(), new OtherGroup()]);
        load.Should().Throw<InvalidOperationException>().WithMessage("claim CRS-X-a has two specs: Group and OtherGroup");
    }

    private class Group : ISpecGroup
    {
        public IEnumerable<Spec> Specs() => [new("CRS-X-a", c => c.Evidence().Require("r", true).Explain("e"))];
    }

    private sealed class OtherGroup : Group;
}
