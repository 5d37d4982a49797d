using System.Reflection;
using Xunit.Sdk;

namespace Repro.Tests.Shared;

/// <summary>
/// Asserts that every test of the class, or the one test, leaves as many live tensors as it found.
/// The class must be in a collection that does not run in parallel with others that make tensors.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NoLiveTensorsAttribute : BeforeAfterTestAttribute
{
    private long _before;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest)
    {
        Settle();
        _before = LiveTensors.Count;
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest)
    {
        // No collection here: a tensor that only the finalizer frees is a leak as well.
        var left = LiveTensors.Left(_before);
        if (left != 0)
        {
            throw new XunitException(
                Invariant($"{methodUnderTest.DeclaringType?.Name}.{methodUnderTest.Name} left {left} live tensors more than it found."));
        }
    }

    // Tensors that earlier tests left to the finalizer must not disappear during this one.
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
