namespace TorchSharp.Interop;

/// <summary>Inference mode on the thread that made it, until disposed there.</summary>
internal sealed class InferenceModeScope : IDisposable
{
    private nint _mode;

    public InferenceModeScope(bool enabled)
    {
        _mode = NativeMethods.repro_enter_inference_mode(enabled ? 1 : 0);
    }

    public void Dispose()
    {
        var mode = Interlocked.Exchange(ref _mode, 0);
        if (mode != 0)
        {
            NativeMethods.repro_leave_inference_mode(mode);
        }
    }
}
