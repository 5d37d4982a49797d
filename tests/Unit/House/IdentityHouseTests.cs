using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>Every identity has a property test of its own, found by file and trait.</summary>
public sealed class IdentityHouseTests
{
    [Fact]
    public void Each_identity_claim_has_its_property_file()
    {
        var root = RepositoryRoot.Find();
        var identities = ClaimCatalog.Load(Path.Combine(root, "fixtures", "claims")).Claims.Where(c => c.Kind == ClaimKind.Identity).Select(c => c.Id).ToList();
        identities.Should().NotBeEmpty();
        foreach (var id in identities)
        {
            var file = Path.Combine(root, "tests", "Property", "Identities", $"{NameOf(id)}Properties.cs");
            File.Exists(file).Should().BeTrue($"{id} needs a property test in {Path.GetFileName(file)}");
            File.ReadAllText(file).Should().Contain($"[Trait(\"Claim\", \"{id}\")]").And.Contain("Check.That(");
        }
    }

    // ADR-EQ17-EQ13 becomes AdrEq17Eq13, ADR-APPD becomes AdrAppD.
    private static string NameOf(string id) =>
        string.Concat(id.Split('-').Select(part => part[..1] + part[1..].ToLowerInvariant())).Replace("Appd", "AppD", StringComparison.Ordinal);
}
