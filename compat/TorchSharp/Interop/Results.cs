using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Turns native results into managed tensors.</summary>
internal static unsafe class Results
{
    /// <summary>Wraps a tensor result; an undefined one is null, which the caller's signature has to allow for.</summary>
    public static Tensor Tensor(in NativeValue result)
    {
        if (result.Count != 0)
        {
            NativeMemoryPressure.Collect();
        }

        return result.Pointer == 0 ? null! : new Tensor(result.Pointer);
    }

    /// <summary>Takes the results that did not fit the buffer of the last call on this thread.</summary>
    public static void TakeOverflow(Span<Tensor> target)
    {
        fixed (NativeValue* results = new NativeValue[target.Length])
        {
            NativeMethods.repro_take_overflow(results);
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = Tensor(results[i]);
            }
        }
    }
}
