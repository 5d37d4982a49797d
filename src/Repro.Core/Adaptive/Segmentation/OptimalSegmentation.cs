namespace Repro.Core.Adaptive.Segmentation;

/// <summary>
/// Exact minimisers of the total error of ADR Eq. 12 with the mean as the reward of a segment, over all segmentations.
/// </summary>
/// <remarks>
/// Dynamic programming over the tokens with functional pruning (<see cref="LevelEnvelope"/>). Pruning changes no result; it makes the work
/// near linear. The bound that holds for any rewards is quadratic time and linear memory. Results are exact up to rounding: of
/// segmentations whose costs differ by no more than rounding, any may be returned.
/// (The squared error of a run of unsorted values is no Monge array, as 0, 1, 0 shows, so row-minima searches such as SMAWK would not be
/// exact.)
/// </remarks>
public static class OptimalSegmentation
{
    private const int MostBackPointers = 200_000_000;
    private const int Stride = 4096;

    /// <summary>The segmentation with the smallest within-segment error plus a penalty for each segment.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="penalty">c^2 of ADR Eq. 12; not negative.</param>
    /// <param name="cancellation">Checked every few thousand tokens.</param>
    /// <returns>Segments that cover the tokens in order.</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The penalty is impossible.</exception>
    public static IReadOnlyList<Segment> Penalised(ReadOnlySpan<double> rewards, double penalty, CancellationToken cancellation = default)
    {
        TokenRewards.Check(rewards);
        TokenRewards.NotNegative(penalty, nameof(penalty));
        var scale = new RewardScale(rewards);
        penalty = scale.Penalty(penalty, rewards.Length);
        var envelope = new LevelEnvelope();
        var now = default(Prefix);
        envelope.Add(now, penalty);
        var starts = new int[rewards.Length];
        var anchor = 0;
        for (var token = 1; token <= rewards.Length; token++)
        {
            now = now.With(scale.Apply(rewards[token - 1]));
            var cost = envelope.Minimum(now, out starts[token - 1]);
            envelope.Add(now, cost + penalty);
            if (token % Stride == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (Ends(token, anchor, starts[token - 1]))
            {
                envelope.Rebase(now, cost);
                (now, anchor) = (now.Anew, token);
            }
        }

        return Trace(rewards.Length, end => starts[end - 1]);
    }

    /// <inheritdoc cref="Penalised(ReadOnlySpan{double}, double, CancellationToken)"/>
    public static IReadOnlyList<Segment> Penalised(ReadOnlySpan<float> rewards, double penalty, CancellationToken cancellation = default) =>
        Penalised(TokenRewards.Widen(rewards), penalty, cancellation);

    /// <summary>The segmentation into exactly <paramref name="count"/> segments with the smallest within-segment error.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="count">Number of segments, 1 to the number of tokens; count times tokens at most 200 million.</param>
    /// <param name="cancellation">Checked every few thousand tokens.</param>
    /// <returns>Segments that cover the tokens in order.</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The count is impossible or too large.</exception>
    public static IReadOnlyList<Segment> FixedCount(ReadOnlySpan<double> rewards, int count, CancellationToken cancellation = default) =>
        TraceLayers(Layers(rewards, count, cancellation), count);

    /// <summary>The best segmentations into 1, 2, ... segments.</summary>
    /// <param name="rewards">Token rewards, shape [tokens], at least one, finite.</param>
    /// <param name="count">Largest number of segments, 1 to the number of tokens; count times tokens at most 200 million.</param>
    /// <param name="cancellation">Checked every few thousand tokens.</param>
    /// <returns>Entry k - 1 has k segments.</returns>
    /// <exception cref="ReproException">No reward, or one that is not finite.</exception>
    /// <exception cref="ArgumentException">The count is impossible or too large.</exception>
    public static IReadOnlyList<IReadOnlyList<Segment>> UpTo(
        ReadOnlySpan<double> rewards, int count, CancellationToken cancellation = default)
    {
        var layers = Layers(rewards, count, cancellation);
        return Enumerable.Range(1, count).Select(k => TraceLayers(layers, k)).ToArray();
    }

    // Entry [k - 1][t - 1] is where the last of k segments over the first t tokens starts.
    private static int[][] Layers(ReadOnlySpan<double> rewards, int count, CancellationToken cancellation)
    {
        TokenRewards.Check(rewards);
        if (count < 1 || count > rewards.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), Invariant($"count must be between 1 and the number of tokens {rewards.Length}, was {count}."));
        }

        if ((long)count * rewards.Length > MostBackPointers)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), Invariant($"count times tokens must be at most {MostBackPointers}, was {count} times {rewards.Length}."));
        }

        var scale = new RewardScale(rewards);
        var tokens = rewards.Length;
        double[] before = [];
        var starts = new int[count][];
        for (var layer = 0; layer < count; layer++)
        {
            var now = new double[tokens + 1];
            starts[layer] = new int[tokens];
            var envelope = new LevelEnvelope();
            var prefix = default(Prefix);
            if (layer == 0)
            {
                envelope.Add(prefix, 0);
            }

            var anchor = 0;
            for (var token = 1; token <= tokens; token++)
            {
                prefix = prefix.With(scale.Apply(rewards[token - 1]));
                now[token] = envelope.Minimum(prefix, out starts[layer][token - 1]);
                if (layer > 0 && token >= layer)
                {
                    envelope.Add(prefix, before[token]);
                }

                if (token % Stride == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                }

                if (Ends(token, anchor, starts[layer][token - 1]))
                {
                    envelope.Rebase(prefix, 0);
                    (prefix, anchor) = (prefix.Anew, token);
                }
            }

            before = now;
        }

        return starts;
    }

    // Sums run over no more than the current segment or one stride, whichever is longer. A shorter run would cost time where smooth rewards
    // keep a piece for each token of a long segment, and save no digits.
    private static bool Ends(int token, int anchor, int start) => token - anchor >= Math.Max(Stride, token - start);

    private static Segment[] TraceLayers(int[][] layers, int count) => Trace(layers[0].Length, end => layers[--count][end - 1]);

    private static Segment[] Trace(int tokens, Func<int, int> startOf)
    {
        var segments = new List<Segment>();
        for (var end = tokens; end > 0;)
        {
            var start = startOf(end);
            segments.Add(new Segment(start, end - start));
            end = start;
        }

        segments.Reverse();
        return segments.ToArray();
    }
}

/// <summary>Total error of a segmentation (ADR Eq. 12).</summary>
/// <param name="Approximation">Summed squared deviation of token rewards from the reward of their segment.</param>
/// <param name="Noise">c^2 times the number of segments.</param>
/// <param name="Count">Number of segments.</param>
public sealed record SegmentationCost(double Approximation, double Noise, int Count)
{
    /// <summary>The sum of both parts.</summary>
    public double Total => Approximation + Noise;
}
