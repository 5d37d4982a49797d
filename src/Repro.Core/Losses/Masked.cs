using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>
/// Sums, means, variances and whitening over the positions that a mask counts. Values at other positions are taken out before any arithmetic, so that
/// NaN or infinity there reaches neither the result nor a gradient.
/// </summary>
/// <remarks>Masks have the shape of the values, dtype bool, integer or floating, 1 = counts, 0 = ignored. Results keep the dtype of the values.</remarks>
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
        var counted = Check(values, mask, Guard.Mask);
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
        var counted = Check(values, mask, Guard.CountingMask);
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
        var counted = Check(values, mask, Guard.MaskWithoutEmptyRows);
        return (Clean(values, counted).sum([1]) / counted.sum([1], type: values.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of a batch from the losses of its tokens.</summary>
    /// <param name="values">Token losses, floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, nothing counts, or, at sample level, a row counts nothing.</exception>
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
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, or too few positions count (1 for biased, 2 for unbiased).</exception>
    public static Tensor Variance(Tensor values, Tensor mask, VarianceEstimate estimate)
    {
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, Guard.CountingMask);
        var clean = Clean(values, counted);
        return VarianceOf(clean, MeanOf(clean, counted), counted, estimate).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Whitening over the whole batch: (x - mean) / sqrt(variance + epsilon), both taken over the counted positions only. With a spread of exactly 0 all
    /// counted results are 0 (or the mean).
    /// </summary>
    /// <param name="values">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="estimate">The divisor of the variance.</param>
    /// <param name="mean">Whether the mean goes to 0 or is added back.</param>
    /// <param name="positions">What stands where the mask is 0.</param>
    /// <param name="epsilon">Added to the variance inside the root, above 0.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, too few positions count (1 for biased, 2 for unbiased), or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Epsilon is not above 0.</exception>
    public static Tensor Whiten(
        Tensor values,
        Tensor mask,
        VarianceEstimate estimate = VarianceEstimate.Unbiased,
        WhitenedMean mean = WhitenedMean.Zero,
        MaskedPositions positions = MaskedPositions.Zero,
        double epsilon = 1e-8)
    {
        Guard.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, Guard.CountingMask);
        Guard.FiniteWhere(values, nameof(values), counted);
        var clean = Clean(values, counted);
        var centre = MeanOf(clean, counted);
        var scale = (VarianceOf(clean, centre, counted, estimate) + epsilon).rsqrt();
        var shift = mean == WhitenedMean.Kept ? centre : centre.zeros_like();
        var result = ((clean - centre) * scale) + shift;
        var rest = positions == MaskedPositions.Zero ? values.detach().zeros_like() : ((values.detach() - centre.detach()) * scale.detach()) + shift.detach();
        return where(counted, result, rest).MoveToOuterDisposeScope();
    }

    /// <summary>Whitening of each row by itself: (x - mean) / sqrt(max(variance, epsilon)), biased variance, 0 where the mask is 0.</summary>
    /// <param name="values">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one position.</param>
    /// <param name="epsilon">The smallest variance, above 0.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes, dtype or mask entries do not fit, a row counts nothing, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Epsilon is not above 0.</exception>
    public static Tensor WhitenPerRow(Tensor values, Tensor mask, double epsilon = 1e-8)
    {
        Guard.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var counted = Check(values, mask, Guard.MaskWithoutEmptyRows);
        Guard.FiniteWhere(values, nameof(values), counted);
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
        Guard.Shape(values, nameof(values), Guard.Any, Guard.Any);
        Guard.Floating(values, nameof(values));
        return check(mask, nameof(mask), values.shape);
    }
}
