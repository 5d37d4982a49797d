using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Losses of a reward model that predicts an absolute score. Weights multiply the error of a sample; means divide by the number of samples, never by the sum of weights.</summary>
public static class AbsoluteRewardLoss
{
    /// <summary>The mean of w * (p - y)^2 + penalty * overshoot, the overshoot being how far p lies outside [0, 1]; the penalty is not weighted.</summary>
    /// <param name="predictions">Raw outputs p, floating point, shape [batch].</param>
    /// <param name="targets">Labels y, shape [batch].</param>
    /// <param name="weights">Sample weights, shape [batch], not negative; null for 1.</param>
    /// <param name="rangePenalty">Price of one unit outside [0, 1].</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes differ, the batch is empty, or a value is not finite or a weight negative.</exception>
    /// <exception cref="ArgumentException">The penalty is negative.</exception>
    public static Tensor MeanSquared(Tensor predictions, Tensor targets, Tensor? weights = null, double rangePenalty = 0)
    {
        Guard.NotNegative(rangePenalty, nameof(rangePenalty));
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
    /// <exception cref="ReproException">Shapes differ, the batch is empty, a value is not finite, a weight negative or a label outside [0, 1].</exception>
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
    /// <exception cref="ReproException">Shapes differ, the batch is empty, a value is not finite, a weight negative or a label outside [0, 1].</exception>
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
        Guard.Vector(predictions, nameof(predictions));
        Guard.Same(targets, nameof(targets), predictions, nameof(predictions));
        Guard.Finite(targets, nameof(targets));
        CheckWeights(weights, nameof(weights), predictions);
    }

    private static void CheckWeights(Tensor? weights, string name, Tensor predictions)
    {
        if (weights is null)
        {
            return;
        }

        Guard.Same(weights, name, predictions, nameof(predictions));
        Guard.Finite(weights, name);
        using var scope = NewDisposeScope();
        if (weights.lt(0).any().ToBoolean())
        {
            throw new ReproException($"{name} hold a negative entry; weights of at least 0 were expected.");
        }
    }
}
