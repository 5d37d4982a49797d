using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Writes arguments in native form; what lists and texts hold is copied into one block of memory that outlives the call.</summary>
internal static unsafe class ArgScratch
{
    /// <summary>The number of 8-byte cells that the lists and texts among <paramref name="args"/> take.</summary>
    public static int Cells(ReadOnlySpan<Arg> args)
    {
        var cells = 0;
        foreach (ref readonly var arg in args)
        {
            cells += arg.Tag switch
            {
                ArgTag.Integers => ((long[])arg.Reference!).Length,
                ArgTag.Reals or ArgTag.Complex => ((double[])arg.Reference!).Length,
                ArgTag.Tensors or ArgTag.OptionalTensors => ((Tensor?[])arg.Reference!).Length,
                ArgTag.Text => (Encoding.UTF8.GetByteCount((string)arg.Reference!) + 7) / 8,
                _ => 0,
            };
        }

        return cells;
    }

    /// <summary>Fills <paramref name="target"/> from <paramref name="args"/>, with lists and texts in <paramref name="scratch"/>.</summary>
    /// <exception cref="InvalidOperationException">An operand has been disposed.</exception>
    public static void Write(ReadOnlySpan<Arg> args, NativeValue* target, long* scratch)
    {
        foreach (ref readonly var arg in args)
        {
            target->Tag = arg.Tag;
            target->Count = 0;
            switch (arg.Tag)
            {
                case ArgTag.Tensor:
                    target->Pointer = ((Tensor)arg.Reference!).Handle;
                    break;
                case ArgTag.Generator:
                    target->Pointer = ((Generator)arg.Reference!).Handle;
                    break;
                case ArgTag.Device:
                    var device = (Device)arg.Reference!;
                    target->Integer = (long)device.type;
                    target->Count = device.index;
                    break;
                case >= ArgTag.Integers and <= ArgTag.Text or ArgTag.Complex:
                    target->Pointer = (nint)scratch;
                    (target->Count, var used) = WriteList(in arg, scratch);
                    scratch += used;
                    break;
                default:
                    target->Integer = arg.Bits;
                    break;
            }

            target++;
        }
    }

    private static (int Count, int Cells) WriteList(in Arg arg, long* scratch)
    {
        switch (arg.Reference)
        {
            case long[] integers:
                integers.CopyTo(new Span<long>(scratch, integers.Length));
                return (integers.Length, integers.Length);
            case double[] reals:
                reals.CopyTo(new Span<double>(scratch, reals.Length));
                return (reals.Length, reals.Length);
            case string text:
                var room = Encoding.UTF8.GetByteCount(text);
                Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, room));
                return (room, (room + 7) / 8);
            default:
                var tensors = (Tensor?[])arg.Reference!;
                for (var i = 0; i < tensors.Length; i++)
                {
                    scratch[i] = tensors[i]?.Handle
                        ?? (arg.Tag == ArgTag.OptionalTensors ? 0 : throw new ArgumentNullException($"tensors[{i}]", "The list of tensors holds null."));
                }

                return (tensors.Length, tensors.Length);
        }
    }
}
