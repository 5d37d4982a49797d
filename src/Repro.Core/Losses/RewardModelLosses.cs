using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Bradley-Terry losses of a preference reward model (ADR Eq. 1, CRS Eq. 2.12).</summary>
public static class RankingLoss
{
    /// <summary>The probability that the first reply is preferred: sigmoid of the difference of rewards (ADR Eq. 1), which is the two-way
    /// softmax of the rewards (ADR Eq. 5).</summary>
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
        TensorChecks.NotNegative(centre, nameof(centre));
        using var scope = NewDisposeScope();
        var difference = chosen - rejected;
        if (margin is not null)
        {
            TensorChecks.Same(margin, nameof(margin), chosen, nameof(chosen));
            TensorChecks.Finite(margin, nameof(margin));
            difference -= margin;
        }

        var loss = -nn.functional.logsigmoid(difference).mean();
        return (centre == 0 ? loss : loss + ((chosen + rejected).square().mean() * centre)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The loss of groups of K ranked replies to one prompt each: over every pair of a group, the better reply i and the worse j, the mean
    /// of -log sigmoid(s_i - s_j) + decay / 2 * (s_i^2 + s_j^2). A decay of 0 is CRS Eq. 2.12 as printed.
    /// </summary>
    /// <param name="scores">Floating point, shape [replies]; the replies of a group are adjacent, best first.</param>
    /// <param name="groupSizes">The number of replies of each group, each at least 2, together the length of the scores.</param>
    /// <param name="decay">Weight of the L2 term of the scores.</param>
    /// <param name="weighting">Per group or per pair.</param>
    /// <param name="ranks">Rank of each reply, not falling within a group; replies of one rank are a tie and no pair. Null where each reply
    /// is better than the next.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Sizes or ranks do not fit the scores, a group has fewer than two replies or ties only, or a score
    /// is not finite.</exception>
    /// <exception cref="ArgumentException">The decay is negative.</exception>
    public static Tensor Groups(
        Tensor scores,
        IReadOnlyList<int> groupSizes,
        double decay = 0,
        GroupWeighting weighting = GroupWeighting.PerGroup,
        IReadOnlyList<int>? ranks = null)
    {
        using var scope = NewDisposeScope();
        var (losses, pairs) = PairLosses(scores, groupSizes, decay, ranks);
        var weights = pairs.SelectMany(own => Enumerable.Repeat(
            weighting == GroupWeighting.PerGroup ? 1.0 / own / groupSizes.Count : 1.0 / losses.shape[0], own));
        return (losses * tensor(weights.ToArray(), losses.dtype, losses.device)).sum().MoveToOuterDisposeScope();
    }

    /// <summary>The loss of each group by itself, the mean over its pairs as in <see cref="Groups"/>.</summary>
    /// <param name="scores">Floating point, shape [replies]; the replies of a group are adjacent, best first.</param>
    /// <param name="groupSizes">The number of replies of each group, each at least 2, together the length of the scores.</param>
    /// <param name="decay">Weight of the L2 term of the scores.</param>
    /// <param name="ranks">As in <see cref="Groups"/>.</param>
    /// <returns>Shape [groups].</returns>
    /// <exception cref="ReproException">Sizes or ranks do not fit the scores, a group has fewer than two replies or ties only, or a score
    /// is not finite.</exception>
    /// <exception cref="ArgumentException">The decay is negative.</exception>
    public static Tensor PerGroup(Tensor scores, IReadOnlyList<int> groupSizes, double decay = 0, IReadOnlyList<int>? ranks = null)
    {
        using var scope = NewDisposeScope();
        var (losses, pairs) = PairLosses(scores, groupSizes, decay, ranks);
        var sizes = pairs.ConvertAll(own => (long)own).ToArray();
        return stack(losses.split(sizes).Select(group => group.mean())).MoveToOuterDisposeScope();
    }

    // The losses of all pairs, and how many each group has.
    private static (Tensor Losses, List<int> Pairs) PairLosses(
        Tensor scores, IReadOnlyList<int> groupSizes, double decay, IReadOnlyList<int>? ranks)
    {
        ArgumentNullException.ThrowIfNull(groupSizes);
        TensorChecks.NotNegative(decay, nameof(decay));
        TensorChecks.Vector(scores, nameof(scores));
        var (better, worse, pairs) = PairIndices(groupSizes, scores.shape[0], ranks);
        var first = scores.index_select(0, tensor(better, device: scores.device));
        var second = scores.index_select(0, tensor(worse, device: scores.device));
        var losses = -nn.functional.logsigmoid(first - second);
        return (decay == 0 ? losses : losses + ((first.square() + second.square()) * (decay / 2)), pairs);
    }

    private static (long[] Better, long[] Worse, List<int> Pairs) PairIndices(
        IReadOnlyList<int> groupSizes, long replies, IReadOnlyList<int>? ranks)
    {
        if (ranks is not null && ranks.Count != replies)
        {
            throw new ReproException(Invariant($"{ranks.Count} ranks do not belong to {replies} scores."));
        }

        var (better, worse, pairs) = (new List<long>(), new List<long>(), new List<int>());
        var start = 0;
        for (var group = 0; group < groupSizes.Count; group++)
        {
            var (size, before) = (groupSizes[group], better.Count);
            if (size < 2)
            {
                throw new ReproException(Invariant($"groupSizes[{group}] is {size}; a group needs at least two ranked replies."));
            }

            if (start + (long)size > replies)
            {
                break;
            }

            for (var i = start; i < start + size; i++)
            {
                for (var j = i + 1; j < start + size; j++)
                {
                    if (ranks is null || ranks[i] < ranks[j])
                    {
                        better.Add(i);
                        worse.Add(j);
                    }
                    else if (ranks[i] > ranks[j])
                    {
                        throw new ReproException(Invariant($"the ranks of group {group} fall; the best reply was expected first."));
                    }
                }
            }

            pairs.Add(better.Count > before ? better.Count - before
                : throw new ReproException(Invariant($"all replies of group {group} have one rank; a pair has a better one.")));
            start += size;
        }

        var together = groupSizes.Sum(size => (long)size);
        return together == replies ? ([.. better], [.. worse], pairs)
            : throw new ReproException(Invariant($"groupSizes add up to {together}; scores hold {replies} replies."));
    }

    private static void CheckPair(Tensor first, Tensor second)
    {
        TensorChecks.Vector(first, "the rewards of the first (chosen) replies");
        TensorChecks.Same(second, "the rewards of the second (rejected) replies", first, "those of the first");
        TensorChecks.Finite(second, "the rewards of the second (rejected) replies");
    }
}

/// <summary>How the pairs of several groups of ranked replies are averaged.</summary>
public enum GroupWeighting
{
    /// <summary>The mean over the pairs of each group, then the mean over groups: small groups weigh as much as big ones (CRS
    /// Eq. 2.12).</summary>
    PerGroup,

    /// <summary>The mean over all pairs of the batch: a group weighs as many times as it has pairs.</summary>
    PerPair,
}

/// <summary>Losses of a reward model that predicts an absolute score. Weights multiply the error of a sample; means divide by the number of
/// samples, never by the sum of weights.</summary>
public static class AbsoluteRewardLoss
{
    /// <summary>The mean of w * (p - y)^2 + penalty * overshoot, the overshoot being how far p lies outside [0, 1]; the penalty is not
    /// weighted.</summary>
    /// <param name="predictions">Raw outputs p, floating point, shape [batch].</param>
    /// <param name="targets">Labels y, shape [batch].</param>
    /// <param name="weights">Sample weights, shape [batch], not negative; null for 1.</param>
    /// <param name="rangePenalty">Price of one unit outside [0, 1].</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty, or a value is not finite or a weight negative.</exception>
    /// <exception cref="ArgumentException">The penalty is negative.</exception>
    public static Tensor MeanSquared(Tensor predictions, Tensor targets, Tensor? weights = null, double rangePenalty = 0)
    {
        TensorChecks.NotNegative(rangePenalty, nameof(rangePenalty));
        Check(predictions, targets, weights);
        using var scope = NewDisposeScope();
        var errors = Weigh((predictions - targets).square(), weights);
        var overshoot = (-predictions).clamp(min: 0) + (predictions - 1).clamp(min: 0);
        return (errors + (overshoot * rangePenalty)).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The mean of w * (sigmoid(z) - y)^2.</summary>
    /// <param name="logits">Raw outputs z, floating point, shape [batch].</param>
    /// <param name="targets">Labels y, shape [batch].</param>
    /// <param name="weights">Sample weights, shape [batch], not negative; null for 1.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty, or a value is not finite or a weight negative.</exception>
    public static Tensor SigmoidMeanSquared(Tensor logits, Tensor targets, Tensor? weights = null)
    {
        Check(logits, targets, weights);
        using var scope = NewDisposeScope();
        return Weigh((logits.sigmoid() - targets).square(), weights).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The mean of -w * (c * y * log sigmoid(z) + (1 - y) * log sigmoid(-z)).</summary>
    /// <param name="logits">Raw outputs z, floating point, shape [batch].</param>
    /// <param name="targets">Labels y from 0 to 1, shape [batch].</param>
    /// <param name="weights">Sample weights, shape [batch], not negative; null for 1.</param>
    /// <param name="positiveWeights">The factors c of the positive part, shape [batch], not negative; null for 1.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty, a value is not finite, a weight negative or a label outside [0,
    /// 1].</exception>
    public static Tensor BinaryCrossEntropy(Tensor logits, Tensor targets, Tensor? weights = null, Tensor? positiveWeights = null)
    {
        using var scope = NewDisposeScope();
        return BinaryCrossEntropies(logits, targets, weights, positiveWeights).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The terms of <see cref="BinaryCrossEntropy"/>, one a sample.</summary>
    /// <param name="logits">Raw outputs z, floating point, shape [batch].</param>
    /// <param name="targets">Labels y from 0 to 1, shape [batch].</param>
    /// <param name="weights">Sample weights, shape [batch], not negative; null for 1.</param>
    /// <param name="positiveWeights">The factors c of the positive part, shape [batch], not negative; null for 1.</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty, a value is not finite, a weight negative or a label outside [0,
    /// 1].</exception>
    public static Tensor BinaryCrossEntropies(Tensor logits, Tensor targets, Tensor? weights = null, Tensor? positiveWeights = null)
    {
        Check(logits, targets, weights);
        CheckWeights(positiveWeights, nameof(positiveWeights), logits);
        using var scope = NewDisposeScope();
        if (targets.lt(0).logical_or(targets.gt(1)).any().ToBoolean())
        {
            throw new ReproException("targets hold a label outside 0 to 1; binary cross entropy needs probabilities.");
        }

        var positive = Weigh(targets * nn.functional.logsigmoid(logits), positiveWeights);
        var negative = (1 - targets) * nn.functional.logsigmoid(-logits);
        return Weigh(-(positive + negative), weights).MoveToOuterDisposeScope();
    }

    private static Tensor Weigh(Tensor errors, Tensor? weights) => weights is null ? errors : errors * weights;

    private static void Check(Tensor predictions, Tensor targets, Tensor? weights)
    {
        TensorChecks.Vector(predictions, nameof(predictions));
        TensorChecks.Same(targets, nameof(targets), predictions, nameof(predictions));
        TensorChecks.Finite(targets, nameof(targets));
        CheckWeights(weights, nameof(weights), predictions);
    }

    private static void CheckWeights(Tensor? weights, string name, Tensor predictions)
    {
        if (weights is null)
        {
            return;
        }

        TensorChecks.Same(weights, name, predictions, nameof(predictions));
        TensorChecks.Finite(weights, name);
        using var scope = NewDisposeScope();
        if (weights.lt(0).any().ToBoolean())
        {
            throw new ReproException($"{name} hold a negative entry; weights of at least 0 were expected.");
        }
    }
}

/// <summary>The loss of a process-supervised reward model: one judgement at the end of each step.</summary>
public static class ProcessRewardLoss
{
    /// <summary>Binary cross entropy of the outputs at step ends, averaged over all steps of the batch or over each sample's steps
    /// first.</summary>
    /// <param name="logits">Raw outputs, floating point, shape [batch, time].</param>
    /// <param name="labels">Probability that the step is right, from 0 to 1 where a step ends, shape [batch, time].</param>
    /// <param name="stepEnds">Shape [batch, time], 1 at the last token of a step.</param>
    /// <param name="reduction">Over steps, or over samples.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, no step, a value at a step end is not finite or a label outside 0
    /// to 1.</exception>
    public static Tensor BinaryCrossEntropy(
        Tensor logits, Tensor labels, Tensor stepEnds, LossReduction reduction = LossReduction.TokenLevel)
    {
        TensorChecks.Shape(logits, nameof(logits), TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(logits, nameof(logits));
        TensorChecks.Same(labels, nameof(labels), logits, nameof(logits));
        using var scope = NewDisposeScope();
        var ends = TensorChecks.CountingMask(stepEnds, nameof(stepEnds), logits.shape);
        TensorChecks.FiniteWhere(logits, nameof(logits), ends);
        TensorChecks.FiniteWhere(labels, nameof(labels), ends);
        var (output, label) = (Masked.Clean(logits, ends), Masked.Clean(labels, ends));
        if (label.lt(0).logical_or(label.gt(1)).any().item<bool>())
        {
            throw new ReproException("labels hold a value outside 0 to 1 at a step end; probabilities were expected.");
        }

        var losses = -(label * nn.functional.logsigmoid(output)) - ((1 - label) * nn.functional.logsigmoid(-output));
        return Masked.Reduce(losses, ends, reduction).MoveToOuterDisposeScope();
    }
}
