using Repro.Tests.Shared;
using Xunit.Sdk;

namespace Repro.Tests.Properties.Shared;

/// <summary>
/// Properties that touch tensors: all cases of a property together leave as many live tensors as they found. FsCheck runs a property
/// without
/// <see cref="BeforeAfterTestAttribute"/>, which is why this is not <see cref="NoLiveTensorsAttribute"/>; it makes and disposes the class
/// around it, on one thread.
/// </summary>
public abstract class TensorProperties : IDisposable
{
    private readonly long _before;

    protected TensorProperties()
    {
        // Tensors that earlier tests left to the finalizer must not disappear during this one.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _before = LiveTensors.Count;
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
        var left = LiveTensors.Left(_before);
        if (left != 0)
        {
            throw new XunitException(Invariant($"a property of {GetType().Name} left {left} live tensors more than it found."));
        }
    }

    /// <summary>Disposes what the constructor of the class made.</summary>
    protected virtual void Release()
    {
    }
}
