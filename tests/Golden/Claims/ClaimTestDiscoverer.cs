using Repro.Experiments.Claims;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Repro.Tests.Golden.Claims;

/// <summary>Makes one test case for each claim that has a spec.</summary>
/// <param name="sink">Receives diagnostic messages.</param>
public sealed class ClaimTestDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        var catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
        var registry = SpecRegistry.Load();
        return catalog.Claims
            .Where(c => registry.Find(c.Id) is not null)
            .Select(c => new ClaimTestCase(sink, discoveryOptions.MethodDisplayOrDefault(), testMethod, c));
    }
}
