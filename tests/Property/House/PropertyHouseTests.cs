using System.Reflection;
using FsCheck.Xunit;
using Repro.Experiments.Claims;

namespace Repro.Tests.Properties.House;

/// <summary>Rules over all properties of this assembly, read from the compiled methods.</summary>
public sealed class PropertyHouseTests
{
    private static IReadOnlyList<MethodInfo> Properties { get; } =
    [
        .. typeof(PropertyHouseTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<PropertyAttribute>() is not null),
    ];

    [Fact]
    public void Each_identity_claim_has_exactly_one_property()
    {
        var catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
        var identities = catalog.Claims.Where(claim => claim.Kind == ClaimKind.Identity).Select(claim => claim.Id).ToList();
        identities.Should().NotBeEmpty();
        Claimed().Order().Should().Equal(identities.Order(), "a property names its identity by [Trait(\"Claim\", ...)]");
    }

    [Fact]
    public void Each_property_draws_what_it_checks_at_least_200_times()
    {
        var least = typeof(PropertyHouseTests).Assembly.GetCustomAttribute<PropertiesAttribute>()!.MaxTest;
        least.Should().BeGreaterThanOrEqualTo(200);
        Properties.Where(method => method.GetParameters().Length == 0).Should().BeEmpty();
        Properties.Where(method => Cases(method, least) < 200).Should().BeEmpty();
    }

    [Fact]
    public void No_property_pins_a_seed() =>
        Properties.Where(method => method.GetCustomAttribute<PropertyAttribute>()!.Replay is not null)
            .Should().BeEmpty("a seed is for replaying a failure");

    private static int Cases(MethodInfo method, int otherwise) =>
        method.GetCustomAttribute<PropertyAttribute>()!.MaxTest is > 0 and var own ? own : otherwise;

    private static IEnumerable<string> Claimed() => Properties
        .SelectMany(method => method.CustomAttributes)
        .Where(attribute => attribute.AttributeType == typeof(TraitAttribute) && Equals(attribute.ConstructorArguments[0].Value, "Claim"))
        .Select(attribute => (string)attribute.ConstructorArguments[1].Value!);
}
