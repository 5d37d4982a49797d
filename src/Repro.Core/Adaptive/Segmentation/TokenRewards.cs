using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Repro.Core.Adaptive.Segmentation;

/// <summary>Checks of token rewards and of the numbers that go with them.</summary>
internal static class TokenRewards
{
    public static void Check(ReadOnlySpan<double> rewards)
    {
        if (rewards.IsEmpty)
        {
            throw new ReproException("rewards hold no token; at least one was expected.");
        }

        for (var i = 0; i < rewards.Length; i++)
        {
            if (!double.IsFinite(rewards[i]))
            {
                throw new ReproException(Invariant($"rewards[{i}] is {rewards[i]}; finite token rewards were expected."));
            }
        }
    }

    public static double[] Widen(ReadOnlySpan<float> rewards)
    {
        var wide = new double[rewards.Length];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = rewards[i];
        }

        return wide;
    }

    public static void NotNegative(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite and not negative, was {value}."));
        }
    }

    public static void Finite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite, was {value}."));
        }
    }
}

/// <summary>
/// Brings rewards between -1 and 1: the middle of their range goes to 0, so that a common offset costs no digits, and the rest is divided
/// by a power of two, which is exact and keeps squares finite whatever the unit of the rewards.
/// </summary>
internal readonly struct RewardScale
{
    private const int SmallestExponent = -1022;

    private readonly double _shift;
    private readonly double _factor;

    public RewardScale(ReadOnlySpan<double> rewards)
    {
        double low = rewards[0], high = rewards[0];
        foreach (var reward in rewards)
        {
            low = Math.Min(low, reward);
            high = Math.Max(high, reward);
        }

        _shift = (low / 2) + (high / 2);
        var half = Math.Max(high - _shift, _shift - low);
        _factor = half == 0 ? 1 : Math.ScaleB(1, -Math.Max(SmallestExponent, Math.ILogB(half) + 1));
    }

    public double Apply(double reward) => (reward - _shift) * _factor;

    /// <summary>The penalty in the new unit. One that exceeds any possible error is cut down: one segment is best for all of
    /// them.</summary>
    public double Penalty(double penalty, int tokens) => Math.Min(penalty * _factor * _factor, 2.0 * tokens);
}

/// <summary>Checks of token rewards with their mask.</summary>
internal static class CountedRewards
{
    public static void Check(Tensor rewards, Tensor mask, [CallerArgumentExpression(nameof(rewards))] string name = "")
    {
        using var scope = NewDisposeScope();
        TensorChecks.Shape(rewards, name, TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(rewards, name);
        TensorChecks.FiniteWhere(rewards, name, TensorChecks.CountingMask(mask, nameof(mask), rewards.shape));
    }
}
