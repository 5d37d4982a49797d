namespace TorchSharp.Interop;

/// <summary>Sets the grad mode of the thread and puts the earlier one back when disposed.</summary>
internal sealed class GradModeScope : IDisposable
{
    private readonly bool _before;
    private bool _disposed;

    public GradModeScope(bool enabled)
    {
        _before = NativeMethods.repro_grad_mode() != 0;
        NativeMethods.repro_set_grad_mode(enabled ? 1 : 0);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            NativeMethods.repro_set_grad_mode(_before ? 1 : 0);
        }
    }
}
