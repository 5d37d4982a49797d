using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>While it is not disposed, backward passes say which operator a faulty gradient came from. Holds for the process, and is slow.</summary>
public class AnomalyMode : IDisposable
{
    private readonly bool _enabledBefore;
    private readonly bool _checkedBefore;
    private bool _disposed;

    public AnomalyMode(bool enabled, bool check_nan = true)
    {
        _enabledBefore = IsEnabled;
        _checkedBefore = ShouldCheckNaN;
        Set(enabled, check_nan);
    }

    public static bool IsEnabled => (NativeMethods.repro_anomaly_mode() & 1) != 0;

    /// <summary>Whether NaN in a gradient counts as a fault.</summary>
    public static bool ShouldCheckNaN => (NativeMethods.repro_anomaly_mode() & 2) != 0;

    /// <summary>Puts the earlier mode back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            Set(_enabledBefore, _checkedBefore);
        }
    }

    private static void Set(bool enabled, bool checkNaN) => NativeMethods.repro_set_anomaly_mode(enabled ? 1 : 0, checkNaN ? 1 : 0);
}
