namespace TorchSharp.Interop;

/// <summary>Sets deterministic mode for the process and puts the earlier one back when disposed.</summary>
internal sealed class DeterminismScope : IDisposable
{
    private readonly bool _enabledBefore;
    private readonly bool _warnedBefore;
    private bool _disposed;

    public DeterminismScope(bool enabled, bool warnOnly)
    {
        _enabledBefore = NativeMethods.repro_deterministic() != 0;
        _warnedBefore = NativeMethods.repro_deterministic_warn_only() != 0;
        Set(enabled, warnOnly);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Set(_enabledBefore, _warnedBefore);
        }
    }

    private static void Set(bool enabled, bool warnOnly) =>
        NativeError.ThrowIfFailed(NativeMethods.repro_set_deterministic(enabled ? 1 : 0, warnOnly ? 1 : 0));
}
