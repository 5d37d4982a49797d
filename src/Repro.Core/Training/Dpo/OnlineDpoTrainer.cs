using System.Text.Json.Nodes;
using Repro.Core.Batching;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>
/// DPO on pairs that are made on the way (ADR Section 4.1): policy and reference both write responses to a prompt, a reward ranks them, and
/// the best and the worst become a pair. A prompt whose responses all score the same teaches nothing and is left out of the step.
/// </summary>
public sealed class OnlineDpoTrainer : ITrainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<RolloutPrompt> _prompts;
    private readonly IRewardFunction _reward;
    private readonly OnlineDpoSettings _settings;
    private readonly RandomStreams _streams;
    private readonly DataOrder _order;
    private readonly TrainingOptimizer _optimizer;
    private readonly IPairLoss _loss;
    private readonly PairPass _pass;
    private readonly TextTokenizer? _tokenizer;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and what it is tied to; both write responses.</param>
    /// <param name="prompts">What responses are written to; at least as many as a step has.</param>
    /// <param name="reward">What ranks them.</param>
    /// <param name="settings">How to sample.</param>
    /// <param name="loss">The loss of a pair; an adaptive one makes it ADPO.</param>
    /// <param name="optimizer">How parameters move.</param>
    /// <param name="schedule">How the learning rate goes.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="tokenizer">Makes texts of responses; null leaves them empty.</param>
    /// <param name="tokenRewards">Scores after every token, where the loss takes token rewards from a model.</param>
    /// <exception cref="ReproException">There are too few prompts, or settings do not fit together.</exception>
    public OnlineDpoTrainer(
        PolicyPair policies, IReadOnlyList<RolloutPrompt> prompts, IRewardFunction reward, OnlineDpoSettings settings, IPairLoss loss,
        OptimizerSettings optimizer, ScheduleSettings schedule, RandomStreams streams, TextTokenizer? tokenizer = null, IRewardModel? tokenRewards = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        settings.Check();
        if (loss.NeedsWholeBatch && settings.MicroBatchSize < settings.BatchSize)
        {
            throw new ReproException("micro_batch_size must be that of the whole batch: this loss compares the pairs of a batch with each other.");
        }

        (_policies, _prompts, _reward, _settings, _loss, _streams, _tokenizer) = (policies, prompts, reward, settings, loss, streams, tokenizer);
        _order = new DataOrder(prompts.Count, settings.BatchSize, epoch => streams.For(RandomStreams.DataOrder, epoch), dropLast: true);
        TotalSteps = (long)_order.StepsPerEpoch * settings.Epochs;
        _optimizer = new TrainingOptimizer(policies.Policy.TrainedParameters(), optimizer, schedule.Factor(TotalSteps));
        _pass = new PairPass(policies, loss, settings.HeadMemory, tokenRewards: tokenRewards);
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public StepReport Step(long step, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var prompts = _order.Of(step).Select(row => _prompts[row]).ToArray();
        var rollouts = Sample(prompts, step, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        var pairs = Rank(rollouts, scores.Total, prompts.Length);
        var metrics = OnlineDpoMetrics.OfScores(rollouts, scores, prompts.Length, _settings.PolicySamples, pairs.Count);
        var tokens = rollouts.Sum(rollout => (long)rollout.Prompt.Ids.Count + rollout.Response.Count);
        metrics["learning_rate"] = _optimizer.LearningRate(step);
        if (pairs.Count > 0)
        {
            Learn(pairs, step, metrics, cancellation);
        }

        return new StepReport(metrics, tokens) { Samples = RolloutSamples.Of(rollouts, scores, 2) };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => new Dictionary<string, double>();

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => _optimizer.StateTensors();

    /// <inheritdoc/>
    public JsonObject StateValues() => new() { ["optimizer"] = _optimizer.StateValues(), ["loss"] = (_loss as IStateful)?.StateValues() };

    /// <inheritdoc/>
    public void RestoreValues(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _optimizer.RestoreValues(values["optimizer"] as JsonObject ?? throw new ReproException("The state of online DPO has no 'optimizer'."));
        (_loss as IStateful)?.RestoreValues(values["loss"] as JsonObject);
    }

    /// <inheritdoc/>
    public void Export(string folder) => _policies.Policy.Export(folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _policies.Dispose();
    }

    // For each prompt those of the policy, then those of the reference; each has a stream of its own.
    private IReadOnlyList<Rollout> Sample(RolloutPrompt[] prompts, long step, CancellationToken cancellation)
    {
        var (policy, reference) = (_settings.PolicySamples, _settings.ReferenceSamples);
        IReadOnlyList<Rollout> Draw(LanguageModel model, int each, long first) => each == 0 ? [] :
            new ResponseSampler(model, _settings.Sampler, _streams, _tokenizer).Sample([.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, each))], step, first, cancellation);
        var own = Draw(_policies.Policy.Language, policy, 0);
        using var use = _policies.UseReference();
        var frozen = Draw(_policies.Reference, reference, (long)prompts.Length * policy);
        return [.. Enumerable.Range(0, prompts.Length).SelectMany(row => own.Skip(row * policy).Take(policy).Concat(frozen.Skip(row * reference).Take(reference)))];
    }

    private static List<TokenPair> Rank(IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> scores, int prompts)
    {
        var each = rollouts.Count / prompts;
        var pairs = new List<TokenPair>();
        foreach (var group in Enumerable.Range(0, rollouts.Count).Chunk(each))
        {
            var (best, worst) = (group.MaxBy(row => scores[row]), group.MinBy(row => scores[row]));
            if (scores[best] > scores[worst])
            {
                pairs.Add(new TokenPair(Row(rollouts[best]), Row(rollouts[worst])));
            }
        }

        return pairs;
    }

    private static TokenRow Row(Rollout rollout) => new(
        [.. rollout.Prompt.Ids.Concat(rollout.Response).Select(id => (int)id)],
        [.. rollout.Prompt.Ids.Select(_ => false), .. rollout.Response.Select(_ => true)]);

    private void Learn(List<TokenPair> pairs, long step, Dictionary<string, double> metrics, CancellationToken cancellation)
    {
        List<IReadOnlyList<TokenPair>> parts = [.. GradientStep.Parts(pairs, _settings.MicroBatchSize)];
        var (norm, outcome) = PairUpdate.Run(
            _optimizer,
            _loss,
            step,
            parts.Count,
            part =>
            {
                using var dropout = _policies.Policy.UseDropout(_streams, step, part);
                return _pass.Backward(parts[part], pairs.Count);
            },
            cancellation);
        metrics["gradient_norm"] = norm;
        foreach (var (name, value) in outcome.Metrics(_loss.Beta))
        {
            metrics[name] = value;
        }
    }
}

/// <summary>What a step of online DPO has to tell about its samples.</summary>
internal static class OnlineDpoMetrics
{
    /// <summary>Numbers before the update; responses stand prompt after prompt, those of the policy first.</summary>
    internal static Dictionary<string, double> OfScores(IReadOnlyList<Rollout> rollouts, RewardScores scores, int prompts, int policySamples, int pairs)
    {
        var each = rollouts.Count / prompts;
        double[] Of(bool policy) => [.. scores.Total.Where((_, row) => row % each < policySamples == policy)];
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["scores/mean"] = scores.Total.Average(),
            ["pairs/kept"] = (double)pairs / prompts,
            ["response_length/mean"] = rollouts.Average(rollout => rollout.Response.Count),
            ["response_length/ended"] = rollouts.Average(rollout => rollout.Ended ? 1.0 : 0.0),
        };
        foreach (var (name, own) in new[] { ("scores/policy", Of(true)), ("scores/reference", Of(false)) })
        {
            if (own.Length > 0)
            {
                metrics[name] = own.Average();
            }
        }

        return metrics;
    }
}
