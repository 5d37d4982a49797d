using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp;

/// <content>Tensors as files: dtype, number of dimensions, dimensions, all as LEB128, then the raw bytes.</content>
public static partial class TensorExtensionMethods
{
    /// <summary>Writes the tensor, from whatever device, to a new file.</summary>
    public static void Save(this Tensor tensor, string location)
    {
        using var stream = File.Create(location);
        tensor.Save(stream);
    }

    public static void Save(this Tensor tensor, Stream stream)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        tensor.Save(writer);
    }

    public static void Save(this Tensor tensor, BinaryWriter writer) => TensorFile.Write(tensor, writer);

    /// <summary>Reads a tensor; with <paramref name="skip"/> it is passed over, and null is the result.</summary>
    /// <exception cref="InvalidDataException">What is read is no tensor, or ends too early.</exception>
    public static Tensor Load(BinaryReader reader, bool skip = false) => TensorFile.Read(reader, skip)!;

    /// <summary>Reads values into a tensor of the same dtype and shape, or passes over them.</summary>
    /// <exception cref="ArgumentException">Dtype or shape differ.</exception>
    public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
    {
        using var loaded = TensorFile.Read(reader, skip);
        if (loaded is null)
        {
            return;
        }

        if (loaded.dtype != tensor.dtype || !loaded.shape.AsSpan().SequenceEqual(tensor.shape))
        {
            throw new ArgumentException($"{loaded.metastr()} was read where {tensor.metastr()} was expected.", nameof(tensor));
        }

        using var mode = no_grad();
        tensor.copy_(loaded);
    }

    /// <summary>Reads a tensor into the variable, whose earlier tensor is left alone; or passes over it.</summary>
    public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
    {
        var loaded = TensorFile.Read(reader, skip);
        if (loaded is not null)
        {
            tensor = loaded;
        }
    }
}
