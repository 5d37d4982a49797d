using Repro.Core.Models;
using Repro.Core.Optimization;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>The optimiser updates of one PPO step. Dropout is off, as at sampling time: otherwise the ratio would not start at 1.</summary>
internal sealed class PpoUpdates
{
    private readonly PolicyModels _models;
    private readonly ValueHead _head;
    private readonly PpoTrainingSettings _settings;
    private readonly TrainingOptimizer _optimizer;
    private readonly bool _checkpointing;
    private readonly long _pad;

    internal PpoUpdates(PolicyModels models, ValueHead head, PpoTrainingSettings settings, TrainingOptimizer optimizer, bool checkpointing, long pad)
    {
        (_models, _head, _settings, _optimizer, _checkpointing, _pad) = (models, head, settings, optimizer, checkpointing, pad);
    }

    /// <summary>Runs all epochs over a batch.</summary>
    /// <param name="batch">The responses.</param>
    /// <param name="targets">What to aim at.</param>
    /// <param name="adaptiveMask">Which response tokens the surrogate is taken over, [batch, response]; null for all.</param>
    /// <param name="step">Chooses the learning rate.</param>
    /// <param name="order">The order of the rows in an epoch.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    /// <returns>Statistics of each update, taken before it.</returns>
    internal IReadOnlyList<IReadOnlyDictionary<string, double>> Run(
        RolloutBatch batch, PpoTargets targets, Tensor? adaptiveMask, long step, Func<int, IReadOnlyList<int>> order, CancellationToken cancellation)
    {
        var updates = new List<IReadOnlyDictionary<string, double>>();
        using var mode = new EvaluationMode(_models.Model);
        try
        {
            using var use = _models.UsePolicy();
            for (var epoch = 0; epoch < _settings.Epochs; epoch++)
            {
                foreach (var rows in order(epoch).Chunk(_settings.MiniBatch ?? batch.Tokens.Count))
                {
                    using var scope = NewDisposeScope();
                    updates.Add(Update(new PpoRows(batch, targets, adaptiveMask), rows, step, cancellation));
                }
            }
        }
        finally
        {
            _optimizer.ClearGradients();
        }

        return updates;
    }

    private Dictionary<string, double> Update(PpoRows all, int[] rows, long step, CancellationToken cancellation)
    {
        var parts = rows.Chunk(_settings.MicroBatch ?? rows.Length).ToArray();
        var tokens = parts.Select(part => (double)all.TokensOf(part)).ToArray();
        var seen = new List<PpoRead>();
        for (var i = 0; i < parts.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            seen.Add(Accumulate(all, parts[i], _settings.MeanOfMeans ? 1.0 / parts.Length : tokens[i] / tokens.Sum()));
        }

        var whole = PpoRead.Joined(seen);
        var statistics = whole.Statistics(_settings.Objective);
        if (!_settings.MeanOfMeans && statistics["policy/ratio"] > _settings.RatioThreshold)
        {
            _optimizer.ScaleGradients(0);
        }

        if (!double.IsFinite(statistics["loss"]))
        {
            throw new ReproException(Invariant($"The loss at step {step} is {statistics["loss"]}; the parameters were left as they were before the step."));
        }

        statistics["gradient_norm"] = _optimizer.Update(step);
        return statistics;
    }

    private PpoRead Accumulate(PpoRows all, int[] rows, double share)
    {
        using var scope = NewDisposeScope();
        using var tokens = all.Layout(rows, _pad, _models.Model.Device);
        var (ids, mask) = tokens.Inputs();
        var pass = new ResponsePass(_models.Model, _settings.Sampler);
        // The threshold looks at the whole mini-batch, whatever parts it comes in, unless parts stand for themselves.
        var objective = _settings.MeanOfMeans ? _settings.Objective : _settings.Objective with { RatioThreshold = double.MaxValue };
        PpoRead? read = null;
        Tensor Back(Tensor hidden) => pass.Backward(tokens, hidden, all.Kept(rows), (logProbs, predicting) =>
        {
            var now = all.Read(rows, logProbs, _head.Values(predicting));
            read = now.DetachedTo(scope);
            return now.Loss(objective) * share;
        });

        if (_checkpointing)
        {
            _models.Model.BackwardCheckpointed(ids, mask, Back, first: tokens.First);
        }
        else
        {
            Back(_models.Model.Hidden(ids, mask, first: tokens.First));
        }

        return read!.MovedToOuterScope();
    }
}
