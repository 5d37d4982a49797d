namespace Repro.Core.Adaptive.Segmentation;

/// <summary>
/// Good and bad tokens by their reward against a baseline b with an offset delta: the comparator, the ternary mask as printed (ADR Eq. 17,
/// 18) and the trigger with memory that ADR Section 4.1 and Appendix E describe in words. +1 is good, -1 bad, 0 neutral.
/// </summary>
public static class SchmittTrigger
{
    /// <summary>The plain comparator, as in ADR Eq. 13: +1 where r is above b, -1 where it is at most b.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="baseline">The threshold b.</param>
    /// <returns>One state a token.</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The baseline is not finite.</exception>
    public static sbyte[] Comparator(ReadOnlySpan<double> rewards, double baseline)
    {
        TokenRewards.Check(rewards);
        TokenRewards.Finite(baseline, nameof(baseline));
        var states = new sbyte[rewards.Length];
        for (var i = 0; i < states.Length; i++)
        {
            states[i] = (sbyte)(rewards[i] > baseline ? 1 : -1);
        }

        return states;
    }

    /// <inheritdoc cref="Comparator(ReadOnlySpan{double}, double)"/>
    public static sbyte[] Comparator(ReadOnlySpan<float> rewards, double baseline) => Comparator(TokenRewards.Widen(rewards), baseline);

    /// <summary>The mask as printed (ADR Eq. 18), without memory: +1 where r is above b + delta, -1 where it is below b - delta, otherwise
    /// 0.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="baseline">The threshold b.</param>
    /// <param name="delta">The offset, not negative. The bounds b - delta and b + delta themselves are neutral.</param>
    /// <returns>One value a token.</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The baseline or the offset is impossible.</exception>
    public static sbyte[] Memoryless(ReadOnlySpan<double> rewards, double baseline, double delta)
    {
        Check(rewards, baseline, delta);
        var mask = new sbyte[rewards.Length];
        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = Decide(rewards[i], baseline, delta);
        }

        return mask;
    }

    /// <inheritdoc cref="Memoryless(ReadOnlySpan{double}, double, double)"/>
    public static sbyte[] Memoryless(ReadOnlySpan<float> rewards, double baseline, double delta) =>
        Memoryless(TokenRewards.Widen(rewards), baseline, delta);

    /// <summary>The trigger with memory: a token in the neutral zone keeps the state before it, so that no token stays neutral.</summary>
    /// <remarks>
    /// The first token follows the comparator when it is neutral. The states that change are then a subsequence of the comparator's, and a
    /// larger offset gives a subsequence of a smaller one's: switches never exceed the comparator's and never grow with delta. With
    /// <paramref name="initial"/> given neither holds, because the state before the first token may be at odds with every reward.
    /// </remarks>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="baseline">The threshold b.</param>
    /// <param name="delta">The offset, not negative.</param>
    /// <param name="initial">State before the first token, +1 or -1; null lets the comparator decide a neutral first token.</param>
    /// <returns>One state a token, +1 or -1.</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The baseline, the offset or the initial state is impossible.</exception>
    public static sbyte[] WithMemory(ReadOnlySpan<double> rewards, double baseline, double delta, int? initial = null)
    {
        Check(rewards, baseline, delta);
        if (initial is not (null or 1 or -1))
        {
            throw new ArgumentOutOfRangeException(nameof(initial), Invariant($"initial must be +1, -1 or null, was {initial}."));
        }

        var states = new sbyte[rewards.Length];
        var state = (sbyte)(initial ?? (rewards[0] > baseline ? 1 : -1));
        for (var i = 0; i < states.Length; i++)
        {
            var decision = Decide(rewards[i], baseline, delta);
            state = decision == 0 ? state : decision;
            states[i] = state;
        }

        return states;
    }

    /// <inheritdoc cref="WithMemory(ReadOnlySpan{double}, double, double, int?)"/>
    public static sbyte[] WithMemory(ReadOnlySpan<float> rewards, double baseline, double delta, int? initial = null) =>
        WithMemory(TokenRewards.Widen(rewards), baseline, delta, initial);

    private static sbyte Decide(double reward, double baseline, double delta) =>
        (sbyte)(reward > baseline + delta ? 1 : reward < baseline - delta ? -1 : 0);

    private static void Check(ReadOnlySpan<double> rewards, double baseline, double delta)
    {
        TokenRewards.Check(rewards);
        TokenRewards.Finite(baseline, nameof(baseline));
        TokenRewards.NotNegative(delta, nameof(delta));
    }
}
