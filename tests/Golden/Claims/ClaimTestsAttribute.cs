using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Repro.Tests.Golden.Claims;

/// <summary>Marks a test method with one string parameter: it runs once for each claim, with the claim's traits.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Repro.Tests.Golden.Claims.ClaimTestDiscoverer", "Repro.Tests.Golden")]
public sealed class ClaimTestsAttribute : FactAttribute
{
    /// <summary>Whether it runs once for each group of claims instead, with the traits of all its claims.</summary>
    public bool Groups { get; set; }
}

/// <summary>Makes the test cases of <see cref="ClaimTestsAttribute"/>.</summary>
/// <param name="sink">Receives diagnostic messages.</param>
public sealed class ClaimTestDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        var catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
        var byGroup = factAttribute.GetNamedArgument<bool>(nameof(ClaimTestsAttribute.Groups));
        return catalog.Claims.GroupBy(c => byGroup ? c.Group : c.Id)
            .Select(claims => new ClaimTestCase(sink, discoveryOptions.MethodDisplayOrDefault(), testMethod, claims.Key, claims));
    }
}
