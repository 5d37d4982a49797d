using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Bradley-Terry losses of a preference reward model (ADR Eq. 1, CRS Eq. 2.12).</summary>
public static class RankingLoss
{
    /// <summary>The probability that the first reply is preferred: sigmoid of the difference of rewards (ADR Eq. 1), which is the two-way softmax of the rewards (ADR Eq. 5).</summary>
    /// <param name="first">Rewards, floating point, shape [batch].</param>
    /// <param name="second">Rewards, floating point, shape [batch].</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty or a reward is not finite.</exception>
    public static Tensor Preference(Tensor first, Tensor second)
    {
        CheckPair(first, second);
        using var scope = NewDisposeScope();
        return (first - second).sigmoid().MoveToOuterDisposeScope();
    }

    /// <summary>The loss of pairs: the mean of -log sigmoid(chosen - rejected - margin) + centre * mean((chosen + rejected)^2).</summary>
    /// <param name="chosen">Rewards of the preferred replies, floating point, shape [pairs].</param>
    /// <param name="rejected">Rewards of the others, shape [pairs].</param>
    /// <param name="margin">Demanded difference of each pair, shape [pairs]; null for 0.</param>
    /// <param name="centre">Weight of the term that draws the sum of a pair's rewards to 0.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty or a reward is not finite.</exception>
    /// <exception cref="ArgumentException">The weight is negative.</exception>
    public static Tensor Pairs(Tensor chosen, Tensor rejected, Tensor? margin = null, double centre = 0)
    {
        CheckPair(chosen, rejected);
        Guard.NotNegative(centre, nameof(centre));
        using var scope = NewDisposeScope();
        var difference = chosen - rejected;
        if (margin is not null)
        {
            Guard.Same(margin, nameof(margin), chosen, nameof(chosen));
            Guard.Finite(margin, nameof(margin));
            difference -= margin;
        }

        var loss = -nn.functional.logsigmoid(difference).mean();
        return (centre == 0 ? loss : loss + ((chosen + rejected).square().mean() * centre)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The loss of groups of K ranked replies to one prompt each: over every pair of a group, the better reply i and the worse j, the mean of
    /// -log sigmoid(s_i - s_j) + decay / 2 * (s_i^2 + s_j^2). A decay of 0 is CRS Eq. 2.12 as printed.
    /// </summary>
    /// <param name="scores">Floating point, shape [replies]; the replies of a group stand together, best first.</param>
    /// <param name="groupSizes">The number of replies of each group, each at least 2, together the length of the scores.</param>
    /// <param name="decay">Weight of the L2 term of the scores.</param>
    /// <param name="weighting">Per group or per pair.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Sizes do not fit the scores, a group has fewer than two replies, or a score is not finite.</exception>
    /// <exception cref="ArgumentException">The decay is negative.</exception>
    public static Tensor Groups(Tensor scores, IReadOnlyList<int> groupSizes, double decay = 0, GroupWeighting weighting = GroupWeighting.PerGroup)
    {
        using var scope = NewDisposeScope();
        var (losses, pairs) = PairLosses(scores, groupSizes, decay);
        var weights = groupSizes.SelectMany(size =>
        {
            var own = (long)size * (size - 1) / 2;
            return Enumerable.Repeat(weighting == GroupWeighting.PerGroup ? 1.0 / own / groupSizes.Count : 1.0 / pairs, (int)own);
        });
        return (losses * tensor(weights.ToArray(), losses.dtype, losses.device)).sum().MoveToOuterDisposeScope();
    }

    /// <summary>The loss of each group by itself, the mean over its pairs as in <see cref="Groups"/>.</summary>
    /// <param name="scores">Floating point, shape [replies]; the replies of a group stand together, best first.</param>
    /// <param name="groupSizes">The number of replies of each group, each at least 2, together the length of the scores.</param>
    /// <param name="decay">Weight of the L2 term of the scores.</param>
    /// <returns>Shape [groups].</returns>
    /// <exception cref="ReproException">Sizes do not fit the scores, a group has fewer than two replies, or a score is not finite.</exception>
    /// <exception cref="ArgumentException">The decay is negative.</exception>
    public static Tensor PerGroup(Tensor scores, IReadOnlyList<int> groupSizes, double decay = 0)
    {
        using var scope = NewDisposeScope();
        var (losses, _) = PairLosses(scores, groupSizes, decay);
        var sizes = groupSizes.Select(size => (long)size * (size - 1) / 2).ToArray();
        return stack(losses.split(sizes).Select(group => group.mean())).MoveToOuterDisposeScope();
    }

    private static (Tensor Losses, int Pairs) PairLosses(Tensor scores, IReadOnlyList<int> groupSizes, double decay)
    {
        ArgumentNullException.ThrowIfNull(groupSizes);
        Guard.NotNegative(decay, nameof(decay));
        Guard.Vector(scores, nameof(scores));
        var (better, worse) = PairIndices(groupSizes, scores.shape[0]);
        var first = scores.index_select(0, tensor(better, device: scores.device));
        var second = scores.index_select(0, tensor(worse, device: scores.device));
        var losses = -nn.functional.logsigmoid(first - second);
        return (decay == 0 ? losses : losses + ((first.square() + second.square()) * (decay / 2)), better.Length);
    }

    private static (long[] Better, long[] Worse) PairIndices(IReadOnlyList<int> groupSizes, long replies)
    {
        var better = new List<long>();
        var worse = new List<long>();
        var start = 0L;
        for (var group = 0; group < groupSizes.Count; group++)
        {
            var size = groupSizes[group];
            if (size < 2)
            {
                throw new ReproException(Invariant($"groupSizes[{group}] is {size}; a group needs at least two ranked replies."));
            }

            for (var i = 0; i < size; i++)
            {
                for (var j = i + 1; j < size; j++)
                {
                    better.Add(start + i);
                    worse.Add(start + j);
                }
            }

            start += size;
        }

        return start == replies ? ([.. better], [.. worse])
            : throw new ReproException(Invariant($"groupSizes add up to {start}; scores hold {replies} replies."));
    }

    private static void CheckPair(Tensor first, Tensor second)
    {
        Guard.Vector(first, "the rewards of the first (chosen) replies");
        Guard.Same(second, "the rewards of the second (rejected) replies", first, "those of the first");
        Guard.Finite(second, "the rewards of the second (rejected) replies");
    }
}
