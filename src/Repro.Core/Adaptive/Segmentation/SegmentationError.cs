namespace Repro.Core.Adaptive.Segmentation;

/// <summary>How far one reward a segment is from one reward a token (ADR Section 3.1).</summary>
public static class SegmentationError
{
    /// <summary>Squared deviation of all token rewards from one sequence reward (ADR Eq. 9 and 10); smallest when that is their
    /// mean.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="sequenceReward">The one reward.</param>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The sequence reward is not finite.</exception>
    public static double SequenceLevel(ReadOnlySpan<double> rewards, double sequenceReward)
    {
        TokenRewards.Check(rewards);
        TokenRewards.Finite(sequenceReward, nameof(sequenceReward));
        return SquaredDeviation(rewards, sequenceReward);
    }

    /// <summary>Summed squared noise of token-level rewards (ADR Eq. 11).</summary>
    /// <param name="noise">The noise c_i of each token, shape [tokens], at least one, finite.</param>
    /// <returns>The variance about 0 times the number of tokens.</returns>
    /// <exception cref="ReproException">No value, or one that is not finite.</exception>
    public static double TokenLevel(ReadOnlySpan<double> noise)
    {
        TokenRewards.Check(noise);
        return SquaredDeviation(noise, 0);
    }

    /// <summary>Total error of a segmentation (ADR Eq. 12): squared deviation within segments plus c^2 for each.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="segments">Segments that cover the tokens in order.</param>
    /// <param name="noise">c^2, the squared noise of one reward; not negative.</param>
    /// <param name="kind">Which reward stands for a segment.</param>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The segments do not cover the tokens, or the noise is impossible.</exception>
    public static SegmentationCost Total(
        ReadOnlySpan<double> rewards, IReadOnlyList<Segment> segments, double noise, SegmentReward kind = SegmentReward.Mean)
    {
        TokenRewards.Check(rewards);
        Segments.Check(segments, rewards.Length);
        TokenRewards.NotNegative(noise, nameof(noise));
        var sum = 0.0;
        foreach (var segment in segments)
        {
            var part = rewards.Slice(segment.Start, segment.Length);
            sum += SquaredDeviation(part, RewardOf(part, kind));
        }

        return new SegmentationCost(sum, noise * segments.Count, segments.Count);
    }

    /// <summary>Each token's reward replaced by that of its segment.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="segments">Segments that cover the tokens in order.</param>
    /// <param name="kind">Which reward stands for a segment.</param>
    /// <returns>Shape [tokens].</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The segments do not cover the tokens.</exception>
    public static double[] Flatten(ReadOnlySpan<double> rewards, IReadOnlyList<Segment> segments, SegmentReward kind = SegmentReward.Mean)
    {
        TokenRewards.Check(rewards);
        Segments.Check(segments, rewards.Length);
        var flat = new double[rewards.Length];
        foreach (var segment in segments)
        {
            flat.AsSpan(segment.Start, segment.Length).Fill(RewardOf(rewards.Slice(segment.Start, segment.Length), kind));
        }

        return flat;
    }

    private static double RewardOf(ReadOnlySpan<double> rewards, SegmentReward kind)
    {
        switch (kind)
        {
            case SegmentReward.LastToken:
                return rewards[^1];
            case SegmentReward.Mean:
                // About the first reward, so that a large common offset costs no digits and equal rewards have exactly their own mean.
                var sum = 0.0;
                foreach (var reward in rewards)
                {
                    sum += reward - rewards[0];
                }

                return rewards[0] + (sum / rewards.Length);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), $"kind must be Mean or LastToken, was {kind}.");
        }
    }

    private static double SquaredDeviation(ReadOnlySpan<double> rewards, double level)
    {
        var sum = 0.0;
        foreach (var reward in rewards)
        {
            sum += (reward - level) * (reward - level);
        }

        return sum;
    }
}
