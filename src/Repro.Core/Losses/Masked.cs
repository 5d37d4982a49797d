using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>
/// Sums, means, variances and whitening over the positions that a mask counts. Values at other positions are taken out before any
/// arithmetic, so that NaN or infinity there reaches neither the result nor a gradient.
/// </summary>
/// <remarks>Masks have the shape of the values, dtype bool, integer or floating, 1 = counts, 0 = ignored. Results keep the dtype of the
/// values.</remarks>
public static class Masked
{
    /// <summary>The sum of the counted values of each row; of token rewards, the reward of the sequence (ADR Eq. 2).</summary>
    /// <param name="values">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>Shape [batch]; 0 for a row that counts nothing.</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit.</exception>
    public static Tensor SumPerRow(Tensor values, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, TensorChecks.Mask);
        return Clean(values, counted).sum([1]).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of all counted values.</summary>
    /// <param name="values">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, or nothing counts.</exception>
    public static Tensor Mean(Tensor values, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, TensorChecks.CountingMask);
        return MeanOf(Clean(values, counted), counted).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of the counted values of each row.</summary>
    /// <param name="values">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one position.</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, or a row counts nothing.</exception>
    public static Tensor MeanPerRow(Tensor values, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, TensorChecks.MaskWithoutEmptyRows);
        return (Clean(values, counted).sum([1]) / counted.sum([1], type: values.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of a batch from the losses of its tokens.</summary>
    /// <param name="values">Token losses, floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, nothing counts, or, at sample level, a row counts
    /// nothing.</exception>
    public static Tensor Reduce(Tensor values, Tensor mask, LossReduction reduction)
    {
        using var scope = NewDisposeScope();
        var result = reduction == LossReduction.TokenLevel ? Mean(values, mask) : MeanPerRow(values, mask).mean();
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The variance of all counted values.</summary>
    /// <param name="values">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="estimate">The divisor.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, or too few positions count (1 for biased, 2 for
    /// unbiased).</exception>
    public static Tensor Variance(Tensor values, Tensor mask, VarianceEstimate estimate)
    {
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, TensorChecks.CountingMask);
        var clean = Clean(values, counted);
        return VarianceOf(clean, MeanOf(clean, counted), counted, estimate).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Whitening over the whole batch: (x - mean) / sqrt(variance + epsilon), both taken over the counted positions only. With a spread of
    /// exactly 0 all counted results are 0 (or the mean).
    /// </summary>
    /// <param name="values">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="estimate">The divisor of the variance.</param>
    /// <param name="mean">Whether the mean goes to 0 or is added back.</param>
    /// <param name="positions">The value where the mask is 0.</param>
    /// <param name="epsilon">Added to the variance inside the root, above 0.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, too few positions count (1 for biased, 2 for unbiased),
    /// or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Epsilon is not above 0.</exception>
    public static Tensor Whiten(
        Tensor values,
        Tensor mask,
        VarianceEstimate estimate = VarianceEstimate.Unbiased,
        WhitenedMean mean = WhitenedMean.Zero,
        MaskedPositions positions = MaskedPositions.Zero,
        double epsilon = 1e-8)
    {
        TensorChecks.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, TensorChecks.CountingMask);
        TensorChecks.FiniteWhere(values, nameof(values), counted);
        var clean = Clean(values, counted);
        var centre = MeanOf(clean, counted);
        var scale = (VarianceOf(clean, centre, counted, estimate) + epsilon).rsqrt();
        var shift = mean == WhitenedMean.Kept ? centre : centre.zeros_like();
        var result = ((clean - centre) * scale) + shift;
        var rest = positions == MaskedPositions.Zero
            ? values.detach().zeros_like()
            : ((values.detach() - centre.detach()) * scale.detach()) + shift.detach();
        return where(counted, result, rest).MoveToOuterDisposeScope();
    }

    /// <summary>Whitening of each row by itself: (x - mean) / sqrt(max(variance, epsilon)), biased variance, 0 where the mask is
    /// 0.</summary>
    /// <param name="values">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one position.</param>
    /// <param name="epsilon">The smallest variance, above 0.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, a row counts nothing, or a counted value is not
    /// finite.</exception>
    /// <exception cref="ArgumentException">Epsilon is not above 0.</exception>
    public static Tensor WhitenPerRow(Tensor values, Tensor mask, double epsilon = 1e-8)
    {
        TensorChecks.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, TensorChecks.MaskWithoutEmptyRows);
        TensorChecks.FiniteWhere(values, nameof(values), counted);
        var clean = Clean(values, counted);
        var count = counted.sum([1], keepdim: true, type: values.dtype);
        var centred = Clean(clean - (clean.sum([1], keepdim: true) / count), counted);
        var variance = centred.square().sum([1], keepdim: true) / count;
        return (centred * variance.clamp(min: epsilon).rsqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>The values with 0 wherever <paramref name="counted"/> (bool) is false; no gradient flows there.</summary>
    internal static Tensor Clean(Tensor values, Tensor counted) => values.masked_fill(counted.logical_not(), 0);

    private static Tensor MeanOf(Tensor clean, Tensor counted) => clean.sum() / counted.sum(clean.dtype);

    private static Tensor VarianceOf(Tensor clean, Tensor mean, Tensor counted, VarianceEstimate estimate)
    {
        var count = counted.sum().ToInt64();
        var divisor = estimate == VarianceEstimate.Unbiased ? count - 1 : count;
        if (divisor == 0)
        {
            throw new ReproException("mask counts one position; an unbiased variance needs at least two.");
        }

        return Clean(clean - mean, counted).square().sum() / divisor;
    }

    private static Tensor Check(Tensor values, Tensor mask, Func<Tensor, string, long[], Tensor> check)
    {
        TensorChecks.Shape(values, nameof(values), TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(values, nameof(values));
        return check(mask, nameof(mask), values.shape);
    }
}

/// <summary>What whitening writes where the mask is 0.</summary>
public enum MaskedPositions
{
    /// <summary>0.</summary>
    Zero,

    /// <summary>The value there, shifted and scaled like the counted ones; it took no part in the statistics and carries no
    /// gradient.</summary>
    Transformed,
}

/// <summary>How the losses of counted tokens become one number.</summary>
public enum LossReduction
{
    /// <summary>The mean over all counted tokens of the batch: long responses weigh more.</summary>
    TokenLevel,

    /// <summary>The mean of each row's mean over its counted tokens: every response weighs the same. No row may be empty.</summary>
    SampleLevel,
}

/// <summary>The rows of a [batch, time, width] tensor that a mask counts, and how to put them back into [batch, time].</summary>
internal sealed class CountedRows
{
    private readonly long[] _shape;
    private readonly Tensor? _index;

    private CountedRows(long[] shape, Tensor? index, Tensor values)
    {
        _shape = shape;
        _index = index;
        Values = values;
    }

    /// <summary>Shape [counted, width]; a view where every position counts.</summary>
    public Tensor Values { get; }

    public static CountedRows Pick(Tensor table, Tensor? mask)
    {
        var (batch, time, width) = (table.shape[0], table.shape[1], table.shape[2]);
        var index = mask is null ? null : Index(mask, batch, time);
        var flat = table.reshape(batch * time, width);
        return new CountedRows([batch, time], index, index is null ? flat : flat.index_select(0, index));
    }

    /// <summary>The same positions of a [batch, time] tensor, shape [counted].</summary>
    public Tensor Pick(Tensor tokens)
    {
        var flat = tokens.reshape(-1);
        return _index is null ? flat : flat.index_select(0, _index);
    }

    /// <summary>Puts [counted] back to [batch, time], 0 elsewhere.</summary>
    public Tensor Scatter(Tensor values) =>
        _index is null
            ? values.reshape(_shape)
            : zeros(_shape[0] * _shape[1], values.dtype, values.device).index_copy(0, _index, values).reshape(_shape);

    private static Tensor? Index(Tensor mask, long batch, long time)
    {
        var index = TensorChecks.Mask(mask, nameof(mask), batch, time).reshape(-1).nonzero().squeeze(1);
        return index.shape[0] == batch * time ? null : index;
    }
}
