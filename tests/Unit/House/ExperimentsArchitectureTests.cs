using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>
/// The namespaces of Repro.Experiments stand in an order: each knows those before it and none after it, and neither paper knows the other.
/// What a type knows is read from its compiled members.
/// </summary>
public sealed class ExperimentsArchitectureTests
{
    private const string Root = "Repro.Experiments";

    private static readonly string[] Order =
    [
        "", "Artifacts", "Claims", "Procedures", "Worlds", "Crs.Facts", "Crs.Specs", "Adr.Identities", "Adr.Specs", "Mechanisms", "Runs",
        "Reporting", "Reporting.Figures", "Studies", "Cli",
    ];

    // What a program needs that verifies a claim or brings specs of its own.
    private static readonly string[] Public =
    [
        "IArtifactSource",
        "IFacts`1",
        "RawFile",
        "Claim",
        "ClaimCatalog",
        "ClaimClass",
        "ClaimKind",
        "ClaimMode",
        "ClaimResult",
        "Evidence",
        "EvidenceBuilder", "EvidenceFile", "ReleaseHashes",
        "ExperimentInputs",
        "Finding",
        "ISpecGroup",
        "NamedInterval",
        "Outcome",
        "Paper",
        "Printed",
        "PublishedTable",
        "RepositoryRoot",
        "Side",
        "Spec", "SpecContext", "SpecRegistry", "SpecRunner", "Tier", "Verdict", "VerdictRule",
    ];

    [Fact]
    public void Every_namespace_has_a_place_in_the_order() => Types().Select(Room).Distinct().Should().BeEquivalentTo(Order);

    [Fact]
    public void No_namespace_knows_one_that_comes_after_it()
    {
        var wrong = from type in Types()
                    from used in CalledMethods.TypesIn(type)
                    where IsOurs(used) && !Allowed(Room(type), Room(used))
                    select $"{type.FullName} knows {used.FullName}";
        wrong.Distinct().Should().BeEmpty();
    }

    [Theory]
    [InlineData("Claims", "Artifacts", true)]
    [InlineData("Artifacts", "Claims", false)]
    [InlineData("Crs.Specs", "Crs.Facts", true)]
    [InlineData("Crs.Facts", "Crs.Specs", false)]
    [InlineData("Adr.Specs", "Procedures", true)]
    [InlineData("Adr.Specs", "Crs.Facts", false)]
    [InlineData("Crs.Specs", "Adr.Identities", false)]
    [InlineData("Reporting.Figures", "Crs.Facts", true)]
    [InlineData("Mechanisms", "Adr.Identities", true)]
    [InlineData("Adr.Specs", "Mechanisms", false)]
    [InlineData("Reporting", "Cli", false)]
    public void The_order_says_who_may_know_whom(string from, string to, bool allowed) => Allowed(from, to).Should().Be(allowed);

    [Fact]
    public void Only_what_a_claim_needs_is_public() =>
        typeof(ClaimCatalog).Assembly.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.Name).Should()
            .BeEquivalentTo(Public);

    private static IEnumerable<Type> Types() => typeof(RepositoryRoot).Assembly.GetTypes().Where(IsOurs);

    private static bool IsOurs(Type type) =>
        type.Namespace == Root || type.Namespace?.StartsWith(Root + ".", StringComparison.Ordinal) == true;

    private static string Room(Type type) => type.Namespace == Root ? "" : type.Namespace![(Root.Length + 1)..];

    private static bool Allowed(string from, string to) =>
        Array.IndexOf(Order, to) <= Array.IndexOf(Order, from)
        && !(from.StartsWith("Adr.", StringComparison.Ordinal) && to.StartsWith("Crs.", StringComparison.Ordinal));
}
