using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>The optimiser updates of one step. Dropout is off, as at sampling time: otherwise the ratio would not start at 1.</summary>
internal sealed class PpoUpdates(
    PolicyPair policies,
    ValueHead? head,
    PolicyGradientSettings settings,
    PolicyMethod method,
    TrainingOptimizer optimizer,
    bool checkpointing,
    long pad)
{
    private readonly ResponsePass _responses = new(policies.Policy.Language, settings.Sampler);

    /// <summary>Runs the epochs over a batch: all of them, unless the method stops early.</summary>
    /// <param name="batch">The responses.</param>
    /// <param name="targets">What to aim at.</param>
    /// <param name="adaptiveMask">Which response tokens the surrogate is taken over, [batch, response]; null for all.</param>
    /// <param name="step">Chooses the learning rate.</param>
    /// <param name="orders">The order of the rows in each epoch.</param>
    /// <param name="cancellation">Checked between passes.</param>
    /// <returns>Statistics of each update, taken before it.</returns>
    internal IReadOnlyList<IReadOnlyDictionary<string, double>> Run(
        RolloutBatch batch,
        PpoTargets targets,
        Tensor? adaptiveMask,
        long step,
        IReadOnlyList<IReadOnlyList<int>> orders,
        CancellationToken cancellation)
    {
        var updates = new List<IReadOnlyDictionary<string, double>>();
        using var mode = new EvaluationMode(policies.Policy.Language);
        using var use = policies.UsePolicy();
        try
        {
            foreach (var order in orders)
            {
                foreach (var rows in order.Chunk(settings.MiniBatchSize ?? order.Count))
                {
                    updates.Add(Update(batch, targets, adaptiveMask, rows, step, cancellation));
                }

                if (method.StopsEarly(updates[^1]))
                {
                    break;
                }
            }
        }
        finally
        {
            optimizer.ClearGradients();
        }

        return updates;
    }

    private Dictionary<string, double> Update(
        RolloutBatch batch, PpoTargets targets, Tensor? adaptiveMask, int[] rows, long step, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var miniBatch = rows.Chunk(settings.MicroBatchSize ?? rows.Length).ToArray();
        var parts = new List<PpoBatch>();
        foreach (var own in miniBatch)
        {
            cancellation.ThrowIfCancellationRequested();
            using var tokens = RolloutTokens.Collate([.. own.Select(row => batch.Rollouts[row])], pad, policies.Policy.Language.Device);
            parts.Add(ForwardBackward(new PpoPart(batch, targets, adaptiveMask, own, miniBatch, tokens)));
        }

        var statistics = method.Statistics(PpoBatch.Joined(parts));
        if (method.ZeroesLoss(statistics))
        {
            optimizer.ScaleGradients(0);
        }

        GradientStep.Finite(statistics["loss"], step);
        statistics["gradient_norm"] = optimizer.Update(step);
        return statistics;
    }

    // Adds the gradients of a part of a mini-batch, and gives what its loss was computed from, without graph.
    private PpoBatch ForwardBackward(PpoPart part)
    {
        using var scope = NewDisposeScope();
        var (ids, mask) = part.Tokens.Inputs();
        var forward = policies.Policy.Language.Forward(ids, mask, first: part.Tokens.First, checkpointing: checkpointing);
        var responses = _responses.Forward(part.Tokens, forward.Hidden, part.Kept);
        var inputs = method.LossInputs(part, head, responses.LogProbs, responses.Predicting);
        responses.Backward(method.Loss(part, inputs));
        forward.Backward();
        return inputs.Each(tensor => tensor.detach().MoveToOuterDisposeScope());
    }
}
