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
    public void Every_identity_arithmetic_and_artifact_claim_has_a_spec() =>
        _catalog.Claims.Where(c => c.Kind is ClaimKind.Identity or ClaimKind.Arithmetic or ClaimKind.Artifact).Where(c => _registry.Find(c.Id) is null).Select(c => c.Id).Should().BeEmpty();

    [Fact]
    public void Every_spec_has_a_golden_verdict()
    {
        var golden = new GoldenStore(Path.Combine(RepositoryRoot.Find(), "fixtures", "golden"));
        _registry.ClaimIds.Where(id => golden.Verdict(_catalog.Get(id)) is null).Should().BeEmpty();
    }

    [Fact]
    public void Claims_hold_no_answers()
    {
        var folder = Path.Combine(RepositoryRoot.Find(), "fixtures", "claims");
        Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories).Where(f => File.ReadAllText(f).Contains("recomputed:", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void Every_spec_class_is_named_by_what_it_checks()
    {
        var groups = typeof(SpecRegistry).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ISpecGroup)));
        groups.Where(g => g.Namespace is not ("Repro.Experiments.Crs" or "Repro.Experiments.Adr")).Should().BeEmpty();
    }

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
