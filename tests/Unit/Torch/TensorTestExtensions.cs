using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>Reads a result and disposes it, so that a test holds on to nothing.</summary>
internal static class TensorTestExtensions
{
    public static float ToSingleAndDispose(this Tensor tensor)
    {
        using (tensor)
        {
            return tensor.ToSingle();
        }
    }

    /// <summary>All elements as doubles, whatever the dtype.</summary>
    public static double[] Values(this Tensor tensor)
    {
        using (tensor)
        {
            using var doubles = tensor.to_type(ScalarType.Float64);
            return doubles.data<double>().ToArray();
        }
    }
}
