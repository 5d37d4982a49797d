using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Masks from labels that mark ignored positions with one value.</summary>
public static class LabelMask
{
    /// <summary>The label that conventionally marks an ignored position.</summary>
    public const long Ignored = -100;

    /// <summary>1 where the label is not the ignored one.</summary>
    /// <param name="labels">int64, shape [batch, time].</param>
    /// <param name="ignored">The value of ignored positions.</param>
    /// <returns>bool, shape [batch, time].</returns>
    /// <exception cref="ReproException">Shape or dtype do not fit.</exception>
    public static Tensor From(Tensor labels, long ignored = Ignored)
    {
        TensorChecks.Shape(labels, nameof(labels), TensorChecks.Any, TensorChecks.Any);
        if (labels.dtype != ScalarType.Int64)
        {
            throw new ReproException($"labels have dtype {labels.dtype}; Int64 was expected.");
        }

        return labels.ne(ignored);
    }
}
