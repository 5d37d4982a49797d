using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.RejectionSampling;

/// <summary>
/// Rejection sampling (ADR Eq. 7, 16): of several responses to a prompt the best one is trained on, while the KL over the whole vocabulary
/// at its positions holds the policy near the reference. With adaptive tokens (ARS) only those above the baseline count, in both terms.
/// </summary>
/// <remarks>
/// The loss is summed over tokens and averaged over accepted responses. A step that accepts none changes nothing. Adaptive tokens need a
/// reward model: by the log-ratio no token of an untrained policy lies above the baseline, so that nothing would ever be trained.
/// <para>The path of a step: <see cref="ResponseSampler"/> writes responses, <see cref="IRewardFunction"/> scores them, the best are
/// accepted, <see cref="RolloutMeasurement"/> reads policy and reference, the loss is <see cref="AdaptiveLoss.RejectionSampling"/>,
/// <see cref="ForwardPass.Backward"/> takes its gradient through the model and <see cref="OptimizerStep.Apply"/> moves the
/// parameters.</para>
/// </remarks>
public sealed class RejectionSamplingTrainer : Trainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<RolloutPrompt> _prompts;
    private readonly IRewardFunction _reward;
    private readonly RejectionSamplingSettings _settings;
    private readonly AdaptiveTokens? _adaptive;
    private readonly IRewardModel? _tokenRewards;
    private readonly DataOrder _order;
    private readonly TrainingState _state;
    private readonly ResponseSampler _sampler;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and what it is tied to.</param>
    /// <param name="prompts">What responses are written to; at least as many as a step has.</param>
    /// <param name="reward">What ranks them.</param>
    /// <param name="settings">How to sample and learn.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="tokenizer">Makes texts of responses; null leaves them empty.</param>
    /// <param name="adaptive">Chooses the tokens that count; null for all.</param>
    /// <param name="tokenRewards">Scores after every token, where adaptive rewards come from a model.</param>
    /// <exception cref="ReproException">There are too few prompts, or adaptive rewards do not come from a model.</exception>
    public RejectionSamplingTrainer(
        PolicyPair policies, IReadOnlyList<RolloutPrompt> prompts, IRewardFunction reward, RejectionSamplingSettings settings,
        OptimizerSettings optimizer, ScheduleSettings schedule, RandomStreams streams, TextTokenizer? tokenizer = null,
        AdaptiveTokens? adaptive = null, IRewardModel? tokenRewards = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        settings.Check();
        if (adaptive is not null && adaptive.Settings.Rewards != TokenRewardSource.RewardModel)
        {
            throw new ReproException(
                $"adaptive.tokens.rewards must be reward-model for rejection sampling, found {adaptive.Settings.Rewards}.");
        }

        if (adaptive is not null && tokenRewards is null)
        {
            throw new ReproException("adaptive.reward_model is missing; rejection sampling takes token rewards from it.");
        }

        (_policies, _prompts, _reward, _settings, _adaptive, _tokenRewards) = (policies, prompts, reward, settings, adaptive, tokenRewards);
        _order = new DataOrder(
            prompts.Count, settings.BatchSize, epoch => streams.For(RandomStreams.DataOrder, epoch), dropLast: true);
        var memory = new StepMemory("rejection sampling", "adaptive", adaptive);
        _state = new TrainingState(policies, optimizer, schedule, (long)_order.StepsPerEpoch * settings.Epochs, memory);
        _sampler = new ResponseSampler(policies.Policy.Language, settings.Sampler, streams, tokenizer);
    }

    private protected override TrainingState State => _state;

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var prompts = _order.Of(step).SelectMany(row => Enumerable.Repeat(_prompts[row], _settings.Samples)).ToArray();
        var rollouts = _sampler.Sample(prompts, step, 0, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        var accepted = Accept(scores.Total);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["scores/mean"] = scores.Total.Average(),
            ["accepted"] = (double)accepted.Count / _settings.BatchSize,
            ["response_length/mean"] = rollouts.Average(rollout => rollout.Response.Count),
            ["response_length/ended"] = rollouts.Average(rollout => rollout.Ended ? 1.0 : 0.0),
            ["learning_rate"] = _state.LearningRate(step),
        };
        if (accepted.Count > 0)
        {
            metrics["scores/accepted"] = accepted.Average(row => scores.Total[row]);
            Learn([.. accepted.Select(row => rollouts[row])], step, metrics, cancellation);
        }

        var tokens = rollouts.Sum(rollout => (long)rollout.Prompt.Ids.Count + rollout.Response.Count);
        return new StepReport(metrics, tokens) { Samples = RolloutSamples.Take(rollouts, scores, 2) };
    }

    /// <summary>There are no held-out prompts: what a step samples shows how good the policy is.</summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => new Dictionary<string, double>();

    // The best response to each prompt, the first of equals.
    private List<int> Accept(IReadOnlyList<double> scores)
    {
        var accepted = new List<int>();
        foreach (var group in Enumerable.Range(0, scores.Count).Chunk(_settings.Samples))
        {
            var best = group.MaxBy(row => scores[row]);
            if (!(scores[best] < _settings.LeastScore))
            {
                accepted.Add(best);
            }
        }

        return accepted;
    }

    private void Learn(List<Rollout> rollouts, long step, Dictionary<string, double> metrics, CancellationToken cancellation)
    {
        using var update = _state.BeginStep(step);
        using var mode = new EvaluationMode(_policies.Policy.Language);
        using var batch = RolloutMeasurement.Measure(
            _policies, null, rollouts, _settings.Sampler, fullKl: true, _settings.MicroBatchSize, _sampler.Pad, cancellation);
        var mask = batch.Tokens.Mask;
        var kept = _adaptive?.Mask(RolloutTokenRewards.Compute(batch, _adaptive.Settings, _tokenRewards), mask, ones_like(mask)) ?? mask;
        var loss = 0.0;
        foreach (var rows in GradientStep.MicroBatches([.. Enumerable.Range(0, rollouts.Count)], _settings.MicroBatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            loss += update.RequireFinite(ForwardBackward(batch, rows, kept));
        }

        metrics["gradient_norm"] = update.Apply();
        metrics["loss"] = loss;
        metrics["kl/mean"] = Masked.SumPerRow(batch.FullKl!, mask).mean().to(ScalarType.Float64).item<double>();
        metrics["mask/kept"] = Masked.Mean(kept.to(ScalarType.Float64), mask).item<double>();
    }

    // Adds the gradients of some of the accepted responses, as their share of all, and returns their share of the loss.
    private double ForwardBackward(RolloutBatch batch, IReadOnlyList<int> rows, Tensor kept)
    {
        using var scope = NewDisposeScope();
        using var tokens = RolloutTokens.Collate(
            [.. rows.Select(row => batch.Rollouts[row])], _sampler.Pad, _policies.Policy.Language.Device);
        var (ids, attentionMask) = tokens.Inputs();
        var vocabulary = batch.Kept is null ? null : batch.Tokens.Pick(batch.Kept, rows);
        var adaptiveMask = tokens.Unflatten(batch.Tokens.Flatten(kept.to(ScalarType.Int64), rows));
        var reference = ReferenceLogits(tokens, ids, attentionMask, vocabulary);
        using var use = _policies.UsePolicy();
        var forward = _policies.Policy.Forward(ids, attentionMask, first: tokens.First);
        var pass = new ResponsePass(_policies.Policy.Language, _settings.Sampler);
        var logits = pass.Logits(tokens.Predicting(forward.Hidden), vocabulary);
        var logProbs = tokens.Unflatten(ResponsePass.LogProbs(logits, tokens.Targets));
        var divergence = tokens.Unflatten(KlDivergence.Full(logits, reference));
        var mean = AdaptiveLoss.RejectionSampling(logProbs, divergence, tokens.Mask, adaptiveMask, _settings.Beta);
        var loss = mean * ((double)rows.Count / batch.Tokens.Count);
        loss.backward();
        forward.Backward();
        return loss.to(ScalarType.Float64).item<double>();
    }

    private Tensor ReferenceLogits(RolloutTokens tokens, Tensor ids, Tensor attentionMask, Tensor? vocabulary)
    {
        using var scope = NewDisposeScope();
        using var mode = new EvaluationMode(_policies.Reference, gradients: false);
        using var use = _policies.UseReference();
        var predicting = tokens.Predicting(_policies.Reference.Hidden(ids, attentionMask, first: tokens.First));
        return new ResponsePass(_policies.Reference, _settings.Sampler).Logits(predicting, vocabulary).MoveToOuterDisposeScope();
    }
}
