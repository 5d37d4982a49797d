using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>Rules over all claims and specs of the house.</summary>
public sealed class ClaimHouseTests
{
    private readonly ClaimCatalog _catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
    private readonly SpecRegistry _registry = SpecRegistry.Load();

    [Fact]
    public void All_531_claims_are_in_the_catalogue() => _catalog.Claims.Should().HaveCount(531);

    [Fact]
    public void Every_spec_belongs_to_a_claim() => _registry.ClaimIds.Where(id => !_catalog.Contains(id)).Should().BeEmpty();

    [Fact]
    public void Every_golden_entry_belongs_to_a_spec()
    {
        var root = RepositoryRoot.Find();
        var groups = _registry.ClaimIds.Select(Claim.GroupOf).ToHashSet(StringComparer.Ordinal);
        Directory.EnumerateFiles(Path.Combine(root, "fixtures", "golden"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Where(g => !groups.Contains(g)).Should().BeEmpty();
    }
}
