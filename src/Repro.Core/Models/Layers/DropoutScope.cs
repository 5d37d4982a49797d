using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>Keeps the state of the global generator and puts it back when it is disposed.</summary>
internal sealed class DropoutScope(long? before, Action<long?> restore) : IDisposable
{
    private Tensor? _state = get_rng_state().DetachFromDisposeScope();

    public void Dispose()
    {
        if (_state is null)
        {
            return;
        }

        set_rng_state(_state);
        _state.Dispose();
        _state = null;
        restore(before);
    }
}
