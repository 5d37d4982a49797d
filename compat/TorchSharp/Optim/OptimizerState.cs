using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimiser remembers of one parameter.</summary>
public abstract class OptimizerState
{
    protected Parameter _parameter;

    protected OptimizerState(Parameter parameter)
    {
        _parameter = parameter;
    }

    /// <summary>Starts from nothing.</summary>
    public abstract void Initialize(OptimizerOptions options);

    public abstract void SaveStateDict(BinaryWriter writer);

    public abstract void LoadStateDict(BinaryReader reader);

    /// <summary>Copies the state of another optimiser of the same kind.</summary>
    public abstract void LoadStateDict(OptimizerState source);

    /// <summary>Whether two states agree but for rounding.</summary>
    public virtual bool ApproximatelyEquals(OptimizerState other) => false;

    /// <summary>Moves the tensors to a device.</summary>
    public virtual void to(Device device)
    {
    }

    /// <summary>Writes a tensor that may be absent.</summary>
    protected static void SaveConditionalStateTensor(BinaryWriter writer, Tensor? tensor)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(tensor is not null);
        if (tensor is not null)
        {
            StateFile.WriteTensor(writer, tensor);
        }
    }

    /// <summary>Reads a tensor that may be absent; the old one is released.</summary>
    /// <exception cref="InvalidDataException">The state is damaged or ends too early.</exception>
    protected static void LoadConditionalStateTensor(BinaryReader reader, ref Tensor? result, Device device)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Tensor? loaded = null;
        if (reader.ReadBoolean())
        {
            StateFile.Entry entry = StateFile.ReadEntry(reader, "optimiser state", result);
            loaded = empty(entry.Shape, dtype: entry.Dtype, device: device).DetachFromDisposeScope();
            StateFile.CopyTo(entry, loaded);
        }

        result?.Dispose();
        result = loaded;
    }

    private protected static void SaveTensor(BinaryWriter writer, Tensor tensor) => StateFile.WriteTensor(writer, tensor);

    private protected static void LoadTensor(BinaryReader reader, Tensor target, string what)
        => StateFile.CopyTo(StateFile.ReadEntry(reader, what, target), target);

    private protected static Tensor Zeros(Tensor like)
    {
        using (no_grad())
        {
            return zeros_like(like).DetachFromDisposeScope();
        }
    }

    private protected static Tensor? Copy(Tensor? source, Tensor like)
    {
        if (source is null)
        {
            return null;
        }

        using (no_grad())
        {
            return source.to(like.dtype, like.device, copy: true).DetachFromDisposeScope();
        }
    }

    [return: NotNullIfNotNull(nameof(tensor))]
    private protected static Tensor? Moved(Tensor? tensor, Device device)
    {
        if (tensor is null || (tensor.device_type == device.type && (device.index < 0 || tensor.device_index == device.index)))
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.to(device).DetachFromDisposeScope();
        }
    }

    private protected static bool Close(Tensor? left, Tensor? right)
        => left is null || right is null ? left is null && right is null : left.shape.SequenceEqual(right.shape) && left.allclose(right);

    private protected static T Same<T>(OptimizerState source)
        where T : OptimizerState
        => source as T ?? throw new ArgumentException($"{typeof(T).DeclaringType!.Name} state is expected, got {source.GetType().DeclaringType?.Name}.", nameof(source));
}
