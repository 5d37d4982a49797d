using System.Text.Json.Nodes;
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
/// Rejection sampling (ADR Eq. 7, 16): of several responses to a prompt the best one is learnt, while the KL over the whole vocabulary at
/// its positions holds the policy near the reference. With adaptive tokens (ARS) only those above the baseline count, in both terms.
/// </summary>
/// <remarks>
/// The loss is summed over tokens and averaged over accepted responses. A step that accepts none changes nothing. Adaptive tokens need a
/// reward model: by the log-ratio no token of an untrained policy lies above the baseline, so that nothing would ever be learnt.
/// </remarks>
public sealed class RejectionSamplingTrainer : ITrainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<RolloutPrompt> _prompts;
    private readonly IRewardFunction _reward;
    private readonly RejectionSamplingSettings _settings;
    private readonly AdaptiveTokens? _adaptive;
    private readonly IRewardModel? _tokenRewards;
    private readonly RandomStreams _streams;
    private readonly DataOrder _order;
    private readonly TrainingOptimizer _optimizer;
    private readonly ResponseSampler _sampler;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and what it is tied to.</param>
    /// <param name="prompts">What responses are written to; at least as many as a step has.</param>
    /// <param name="reward">What ranks them.</param>
    /// <param name="settings">How to sample and learn.</param>
    /// <param name="optimizer">How parameters move.</param>
    /// <param name="schedule">How the learning rate goes.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="tokenizer">Makes texts of responses; null leaves them empty.</param>
    /// <param name="adaptive">Chooses the tokens that count; null for all.</param>
    /// <param name="tokenRewards">Scores after every token, where adaptive rewards come from a model.</param>
    /// <exception cref="ReproException">There are too few prompts, or adaptive rewards do not come from a model.</exception>
    public RejectionSamplingTrainer(
        PolicyPair policies, IReadOnlyList<RolloutPrompt> prompts, IRewardFunction reward, RejectionSamplingSettings settings, OptimizerSettings optimizer,
        ScheduleSettings schedule, RandomStreams streams, TextTokenizer? tokenizer = null, AdaptiveTokens? adaptive = null, IRewardModel? tokenRewards = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        settings.Check();
        if (adaptive is not null && adaptive.Settings.Rewards != TokenRewardSource.RewardModel)
        {
            throw new ReproException($"adaptive.tokens.rewards must be reward-model for rejection sampling, found {adaptive.Settings.Rewards}.");
        }

        if (adaptive is not null && tokenRewards is null)
        {
            throw new ReproException("adaptive.reward_model is missing; rejection sampling takes token rewards from it.");
        }

        (_policies, _prompts, _reward, _settings, _adaptive, _tokenRewards, _streams) = (policies, prompts, reward, settings, adaptive, tokenRewards, streams);
        _order = new DataOrder(prompts.Count, settings.BatchSize, epoch => streams.For(RandomStreams.DataOrder, epoch), dropLast: true);
        TotalSteps = (long)_order.StepsPerEpoch * settings.Epochs;
        _optimizer = new TrainingOptimizer(policies.Policy.TrainedParameters(), optimizer, schedule.Factor(TotalSteps));
        _sampler = new ResponseSampler(policies.Policy.Language, settings.Sampler, streams, tokenizer);
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public StepReport Step(long step, CancellationToken cancellation)
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
            ["learning_rate"] = _optimizer.LearningRate(step),
        };
        if (accepted.Count > 0)
        {
            metrics["scores/accepted"] = accepted.Average(row => scores.Total[row]);
            Learn([.. accepted.Select(row => rollouts[row])], step, metrics, cancellation);
        }

        return new StepReport(metrics, rollouts.Sum(rollout => (long)rollout.Prompt.Ids.Count + rollout.Response.Count)) { Samples = RolloutSamples.Of(rollouts, scores, 2) };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => new Dictionary<string, double>();

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => _optimizer.StateTensors();

    /// <inheritdoc/>
    public JsonObject StateValues() => new() { ["optimizer"] = _optimizer.StateValues(), ["adaptive"] = _adaptive?.StateValues() };

    /// <inheritdoc/>
    public void RestoreValues(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _optimizer.RestoreValues(values["optimizer"] as JsonObject ?? throw new ReproException("The state of rejection sampling has no 'optimizer'."));
        _adaptive?.RestoreValues(values["adaptive"] as JsonObject);
    }

    /// <inheritdoc/>
    public void Export(string folder) => _policies.Policy.Export(folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _policies.Dispose();
    }

    // The best response to each prompt, the first of equals.
    private List<int> Accept(IReadOnlyList<double> scores) =>
        [.. Enumerable.Range(0, scores.Count).Chunk(_settings.Samples).Select(group => group.MaxBy(row => scores[row])).Where(row => !(scores[row] < _settings.LeastScore))];

    private void Learn(List<Rollout> rollouts, long step, Dictionary<string, double> metrics, CancellationToken cancellation)
    {
        var state = _adaptive?.StateValues();
        try
        {
            using var mode = new EvaluationMode(_policies.Policy.Language);
            using var batch = RolloutMeasurement.Measure(_policies, null, rollouts, _settings.Sampler, fullKl: true, _settings.MicroBatchSize, _sampler.Pad, cancellation);
            var kept = _adaptive is null ? batch.Tokens.Mask : _adaptive.Mask(RolloutTokenRewards.Of(batch, _adaptive.Settings, _tokenRewards), batch.Tokens.Mask, ones_like(batch.Tokens.Mask));
            var pass = new RejectionSamplingPass(_policies, batch, kept, _settings, _sampler.Pad);
            var loss = 0.0;
            metrics["gradient_norm"] = GradientStep.Run(_optimizer, step, () =>
            {
                foreach (var part in GradientStep.Parts([.. Enumerable.Range(0, rollouts.Count)], _settings.MicroBatchSize))
                {
                    cancellation.ThrowIfCancellationRequested();
                    loss += GradientStep.Finite(pass.Backward(part), step);
                }
            });
            metrics["loss"] = loss;
            metrics["kl/mean"] = Masked.SumPerRow(batch.FullKl!, batch.Tokens.Mask).mean().to(ScalarType.Float64).item<double>();
            metrics["mask/kept"] = Masked.Mean(kept.to(ScalarType.Float64), batch.Tokens.Mask).item<double>();
        }
        catch
        {
            _adaptive?.RestoreValues(state);
            throw;
        }
    }
}

/// <summary>The way back through accepted responses.</summary>
internal sealed class RejectionSamplingPass(PolicyPair policies, RolloutBatch batch, Tensor kept, RejectionSamplingSettings settings, long pad)
{
    /// <summary>Adds the gradients of some rows, as their share of all accepted ones.</summary>
    /// <returns>Their share of the loss.</returns>
    internal double Backward(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        using var tokens = RolloutTokens.Of([.. rows.Select(row => batch.Rollouts[row])], pad, policies.Policy.Language.Device);
        var (ids, mask) = tokens.Inputs();
        var vocabulary = batch.Kept is null ? null : batch.Tokens.Pick(batch.Kept, rows);
        var pass = new ResponsePass(policies.Policy.Language, settings.Sampler);
        var reference = ReferenceLogits(tokens, ids, mask, vocabulary);
        var own = tokens.Spread(batch.Tokens.Flat(kept.to(ScalarType.Int64), rows));
        using var use = policies.UsePolicy();
        var loss = policies.Policy.Backward(ids, mask, hidden =>
        {
            var logits = pass.Logits(tokens.Predicting(hidden), vocabulary);
            var logProbs = tokens.Spread(ResponsePass.LogProbs(logits, tokens.Targets));
            var divergence = tokens.Spread(KlDivergence.Full(logits, reference));
            return AdaptiveLoss.RejectionSampling(logProbs, divergence, tokens.Mask, own, settings.Beta) * ((double)rows.Count / batch.Tokens.Count);
        }, first: tokens.First);
        return loss.to(ScalarType.Float64).item<double>();
    }

    private Tensor ReferenceLogits(RolloutTokens tokens, Tensor ids, Tensor mask, Tensor? vocabulary)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var mode = new EvaluationMode(policies.Reference);
        using var use = policies.UseReference();
        var predicting = tokens.Predicting(policies.Reference.Hidden(ids, mask, first: tokens.First));
        return new ResponsePass(policies.Reference, settings.Sampler).Logits(predicting, vocabulary).MoveToOuterDisposeScope();
    }
}
