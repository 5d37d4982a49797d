using Xunit.Sdk;

namespace Repro.Tests.Golden.Claims;

/// <summary>Marks a test method with one string parameter: it runs once for each claim that has a spec, with the claim's traits.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Repro.Tests.Golden.Claims.ClaimTestDiscoverer", "Repro.Tests.Golden")]
public sealed class ClaimTestsAttribute : FactAttribute;
