using System.Reflection;
using Xunit.Sdk;

namespace VerifyXunit;

/// <summary>
/// Tells the verifier which test is running. xunit v2 has no ambient test context, so the test assembly carries this attribute
/// (<c>build/Seam.props</c> adds it).
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class UseVerifyAttribute : BeforeAfterTestAttribute
{
    private static readonly AsyncLocal<MethodInfo?> Current = new();

    public override void Before(MethodInfo info) => Current.Value = info;

    public override void After(MethodInfo info) => Current.Value = null;

    /// <summary>The method of the running test.</summary>
    /// <exception cref="InvalidOperationException">No test runs, or its assembly lacks the attribute.</exception>
    public static MethodInfo GetMethod() => Current.Value
        ?? throw new InvalidOperationException(
            "No running test is known: call Verify from an xunit test whose assembly has [assembly: VerifyXunit.UseVerify].");
}
