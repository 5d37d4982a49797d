using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>The optimiser updates of one PPO step. Dropout is off, as at sampling time: otherwise the ratio would not start at 1.</summary>
internal sealed class PpoUpdates
{
    private readonly PolicyPair _policies;
    private readonly ValueHead _head;
    private readonly PpoTrainingSettings _settings;
    private readonly TrainingOptimizer _optimizer;
    private readonly bool _checkpointing;
    private readonly long _pad;

    internal PpoUpdates(PolicyPair policies, ValueHead head, PpoTrainingSettings settings, TrainingOptimizer optimizer, bool checkpointing, long pad)
    {
        (_policies, _head, _settings, _optimizer, _checkpointing, _pad) = (policies, head, settings, optimizer, checkpointing, pad);
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
        using var mode = new EvaluationMode(_policies.Policy.Language);
        try
        {
            using var use = _policies.UsePolicy();
            for (var epoch = 0; epoch < _settings.PpoEpochs; epoch++)
            {
                foreach (var rows in order(epoch).Chunk(_settings.MiniBatchSize ?? batch.Tokens.Count))
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
        var parts = rows.Chunk(_settings.MicroBatchSize ?? rows.Length).ToArray();
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

        GradientStep.Finite(statistics["loss"], step);
        statistics["gradient_norm"] = _optimizer.Update(step);
        return statistics;
    }

    private PpoRead Accumulate(PpoRows all, int[] rows, double share)
    {
        using var scope = NewDisposeScope();
        using var tokens = all.Layout(rows, _pad, _policies.Policy.Language.Device);
        var (ids, mask) = tokens.Inputs();
        var pass = new ResponsePass(_policies.Policy.Language, _settings.Sampler);
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
            _policies.Policy.Language.BackwardCheckpointed(ids, mask, Back, first: tokens.First);
        }
        else
        {
            Back(_policies.Policy.Language.Hidden(ids, mask, first: tokens.First));
        }

        return read!.MovedToOuterScope();
    }
}

/// <summary>All that a PPO loss looks at, for the response tokens of some rows side by side: tensors [1, tokens] without padding.</summary>
/// <param name="LogProbs">Log-probabilities now.</param>
/// <param name="Values">Values now.</param>
/// <param name="OldLogProbs">Log-probabilities at sampling time.</param>
/// <param name="OldValues">Values at sampling time.</param>
/// <param name="Advantages">Advantages.</param>
/// <param name="Returns">Targets of the values.</param>
/// <param name="AdaptiveMask">Which tokens the surrogate is taken over; null for all.</param>
internal sealed record PpoRead(
    Tensor LogProbs, Tensor Values, Tensor OldLogProbs, Tensor OldValues, Tensor Advantages, Tensor Returns, Tensor? AdaptiveMask)
{
    internal static PpoRead Joined(IReadOnlyList<PpoRead> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        Tensor Join(Func<PpoRead, Tensor> of) => cat([.. parts.Select(of)], 1);
        return new PpoRead(
            Join(part => part.LogProbs),
            Join(part => part.Values),
            Join(part => part.OldLogProbs),
            Join(part => part.OldValues),
            Join(part => part.Advantages),
            Join(part => part.Returns),
            parts[0].AdaptiveMask is null ? null : Join(part => part.AdaptiveMask!));
    }

    /// <summary>Policy loss plus value loss times its coefficient; 0 with gradient 0 where the mean ratio exceeds the threshold.</summary>
    internal Tensor Loss(PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        var (policy, value) = Losses(settings);
        return (policy + value).MoveToOuterDisposeScope();
    }

    /// <summary>The numbers of an update, by name.</summary>
    internal Dictionary<string, double> Statistics(PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var mask = ones_like(LogProbs, dtype: ScalarType.Bool);
        double Mean(Tensor values) => Number(values.mean());
        double Variance(Tensor values) => values.numel() < 2 ? 0 : Number(Masked.Variance(values, mask, VarianceEstimate.Unbiased));
        double Number(Tensor scalar) => scalar.to_type(ScalarType.Float64).item<double>();
        var (policy, value) = Losses(settings);
        var clip = ClipRange.Symmetric(settings.PolicyClip);
        var statistics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = Number(policy + value),
            ["loss/policy"] = Number(policy),
            ["loss/value"] = Number(ValueLoss.Clipped(Values, OldValues, Returns, mask, settings.ValueClip)),
            ["policy/approximate_kl"] = Number(PpoStatistics.ApproximateKl(LogProbs, OldLogProbs, mask)),
            ["policy/step_kl"] = Number(PpoStatistics.PolicyKl(LogProbs, OldLogProbs, mask)),
            ["policy/clip_fraction"] = Number(PolicyLoss.ClippedFraction(LogProbs, OldLogProbs, Advantages, mask, clip)),
            ["policy/ratio"] = Number(PpoObjective.MeanRatio(Batch(mask))),
            ["advantages/mean"] = Mean(Advantages),
            ["returns/mean"] = Mean(Returns),
            ["returns/variance"] = Variance(Returns),
            ["value/now"] = Mean(Values),
            ["value/error"] = Mean((Values - Returns).square()),
            ["value/clip_fraction"] = Number(ValueLoss.ClippedFraction(Values, OldValues, Returns, mask, settings.ValueClip)),
            ["value/mean"] = Mean(OldValues),
            ["value/variance"] = Variance(OldValues),
        };
        if (AdaptiveMask is not null)
        {
            statistics["mask/kept"] = Mean(AdaptiveMask.to_type(ScalarType.Float32));
        }

        return statistics;
    }

    /// <summary>The same values without graph, in another scope.</summary>
    internal PpoRead DetachedTo(DisposeScope scope) => Each(tensor => tensor.detach().MoveToOtherDisposeScope(scope));

    /// <summary>The same values, moved out of the current scope.</summary>
    internal PpoRead MovedToOuterScope() => Each(tensor => tensor.MoveToOuterDisposeScope());

    private PpoRead Each(Func<Tensor, Tensor> change) => new(
        change(LogProbs), change(Values), change(OldLogProbs), change(OldValues), change(Advantages), change(Returns), AdaptiveMask is null ? null : change(AdaptiveMask));

    private PpoBatch Batch(Tensor mask) => new(LogProbs, OldLogProbs, Values, OldValues, Advantages, Returns, mask);

    private (Tensor Policy, Tensor Value) Losses(PpoSettings settings)
    {
        var mask = ones_like(LogProbs, dtype: ScalarType.Bool);
        var batch = Batch(mask);
        if (AdaptiveMask is null)
        {
            return PpoObjective.Losses(batch, settings);
        }

        var policy = AdaptiveLoss.Ppo(LogProbs, OldLogProbs, Advantages, mask, AdaptiveMask, ClipRange.Symmetric(settings.PolicyClip));
        var value = ValueLoss.Clipped(Values, OldValues, Returns, mask, settings.ValueClip) * settings.ValueCoefficient;
        return PpoObjective.MeanRatio(batch).item<double>() > settings.RatioThreshold ? (policy * 0, value * 0) : (policy, value);
    }
}
