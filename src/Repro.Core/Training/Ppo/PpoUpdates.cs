using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;
using TorchSharp;
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
    /// <summary>Runs all epochs over a batch.</summary>
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
            foreach (var rows in orders.SelectMany(order => order.Chunk(settings.MiniBatchSize ?? order.Count)))
            {
                updates.Add(Update(batch, targets, adaptiveMask, rows, step, cancellation));
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
        var model = policies.Policy.Language;
        var miniBatch = rows.Chunk(settings.MicroBatchSize ?? rows.Length).ToArray();
        var read = new List<PpoBatch>();
        foreach (var own in miniBatch)
        {
            cancellation.ThrowIfCancellationRequested();
            using var tokens = RolloutTokens.Of([.. own.Select(row => batch.Rollouts[row])], pad, model.Device);
            var part = new PpoPart(batch, targets, adaptiveMask, own, miniBatch, tokens);
            read.Add(new PpoPass(model, head, settings, method, part).Run(checkpointing));
        }

        var statistics = method.Statistics(PpoBatch.Joined(read));
        if (method.RanAway(statistics))
        {
            optimizer.ScaleGradients(0);
        }

        GradientStep.Finite(statistics["loss"], step);
        statistics["gradient_norm"] = optimizer.Update(step);
        return statistics;
    }
}

/// <summary>The passes of one part of a mini-batch: forward to the loss of its response tokens, and backward.</summary>
internal sealed class PpoPass(LanguageModel model, ValueHead? head, PolicyGradientSettings settings, PolicyMethod method, PpoPart part)
{
    private readonly ResponsePass _responses = new(model, settings.Sampler);
    private DisposeScope? _scope;
    private PpoBatch? _read;

    /// <summary>Adds the gradients of the part.</summary>
    /// <param name="checkpointing">Whether blocks run again in the backward pass instead of keeping their activations.</param>
    /// <returns>What the loss was computed from, without graph.</returns>
    internal PpoBatch Run(bool checkpointing)
    {
        using var scope = NewDisposeScope();
        _scope = scope;
        var (ids, mask) = part.Tokens.Inputs();
        if (checkpointing)
        {
            model.BackwardCheckpointed(ids, mask, Backward, first: part.Tokens.First);
        }
        else
        {
            Backward(model.Hidden(ids, mask, first: part.Tokens.First));
        }

        return _read!.Each(tensor => tensor.MoveToOuterDisposeScope());
    }

    private Tensor Backward(Tensor hidden) => _responses.Backward(part.Tokens, hidden, part.Kept, Loss);

    private Tensor Loss(Tensor logProbs, Tensor predicting)
    {
        var now = method.Read(part, head, logProbs, predicting);
        _read = now.Each(tensor => tensor.detach().MoveToOtherDisposeScope(_scope!));
        return method.Loss(part, now);
    }
}
