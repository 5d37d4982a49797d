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
/// Online DPO (ADR Section 4.1): policy and reference both write responses to a prompt, a reward ranks them, and the best and the worst
/// become a pair. A prompt whose responses all score the same teaches nothing and is left out of the step.
/// </summary>
/// <remarks>
/// The path of a step: <see cref="ResponseSampler"/> writes responses, <see cref="IRewardFunction"/> scores them, the best and the worst
/// become pairs; from there on it is that of <see cref="DpoTrainer"/>: <see cref="PairPass.Forward"/>, <see cref="IPairLoss.PerPair"/>,
/// <see cref="PairForward.Backward"/>, <see cref="OptimizerStep.Apply"/>.
/// </remarks>
public sealed class OnlineDpoTrainer : Trainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<RolloutPrompt> _prompts;
    private readonly IRewardFunction _reward;
    private readonly OnlineDpoSettings _settings;
    private readonly RandomStreams _streams;
    private readonly DataOrder _order;
    private readonly TrainingState _state;
    private readonly IPairLoss _loss;
    private readonly PairPass _pass;
    private readonly TextTokenizer? _tokenizer;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and what it is tied to; both write responses.</param>
    /// <param name="prompts">What responses are written to; at least as many as a step has.</param>
    /// <param name="reward">What ranks them.</param>
    /// <param name="settings">How to sample.</param>
    /// <param name="loss">The loss of a pair; an adaptive one makes it ADPO.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="tokenizer">Makes texts of responses; null leaves them empty.</param>
    /// <param name="tokenRewards">Scores after every token, where the loss takes token rewards from a model.</param>
    /// <exception cref="ReproException">There are too few prompts, or settings do not fit together.</exception>
    public OnlineDpoTrainer(
        PolicyPair policies, IReadOnlyList<RolloutPrompt> prompts, IRewardFunction reward, OnlineDpoSettings settings, IPairLoss loss,
        OptimizerSettings optimizer, ScheduleSettings schedule, RandomStreams streams, TextTokenizer? tokenizer = null,
        IRewardModel? tokenRewards = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        settings.Check();
        DpoTrainer.CheckMicroBatches(loss, settings.MicroBatchSize, settings.BatchSize);
        (_policies, _prompts, _reward, _settings, _loss) = (policies, prompts, reward, settings, loss);
        (_streams, _tokenizer) = (streams, tokenizer);
        _order = new DataOrder(
            prompts.Count, settings.BatchSize, epoch => streams.For(RandomStreams.DataOrder, epoch), dropLast: true);
        var memory = new StepMemory("online DPO", "loss", loss as IStateful);
        _state = new TrainingState(policies, optimizer, schedule, (long)_order.StepsPerEpoch * settings.Epochs, memory);
        _pass = new PairPass(policies, loss, settings.HeadMemory, tokenRewards: tokenRewards);
    }

    private protected override TrainingState State => _state;

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var prompts = _order.Of(step).Select(row => _prompts[row]).ToArray();
        var rollouts = Sample(prompts, step, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        var pairs = Rank(rollouts, scores.Total, prompts.Length);
        var metrics = OnlineDpoMetrics.OfScores(rollouts, scores, prompts.Length, _settings.PolicySamples, pairs.Count);
        metrics["learning_rate"] = _state.LearningRate(step);
        if (pairs.Count > 0)
        {
            Learn(pairs, step, metrics, cancellation);
        }

        var tokens = rollouts.Sum(rollout => (long)rollout.Prompt.Ids.Count + rollout.Response.Count);
        return new StepReport(metrics, tokens) { Samples = RolloutSamples.Take(rollouts, scores, 2) };
    }

    /// <summary>There are no held-out pairs: what a step samples shows how good the policy is.</summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => new Dictionary<string, double>();

    private void Learn(List<TokenPair> pairs, long step, Dictionary<string, double> metrics, CancellationToken cancellation)
    {
        var results = new List<PairMetrics>();
        using var update = _state.BeginStep(step);
        foreach (var microBatch in GradientStep.MicroBatches(pairs, _settings.MicroBatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var dropout = _policies.Policy.UseDropout(_streams, step, results.Count);
            var forward = _pass.Forward(microBatch);
            var losses = _loss.PerPair(forward.Tokens);
            forward.Backward(losses.sum() / pairs.Count);
            results.Add(PairMetrics.Read(_loss, forward.Tokens, losses));
            update.RequireFinite(results[^1].Losses.Sum());
        }

        metrics["gradient_norm"] = update.Apply();
        foreach (var (name, value) in PairMetrics.Concat(results).Averages(_loss.Beta))
        {
            metrics[name] = value;
        }
    }

    // For each prompt the responses of the policy, then those of the reference; each has a random stream of its own.
    private List<Rollout> Sample(RolloutPrompt[] prompts, long step, CancellationToken cancellation)
    {
        var (policy, reference) = (_settings.PolicySamples, _settings.ReferenceSamples);
        var ofPolicy = Draw(_policies.Policy.Language, prompts, policy, step, 0, cancellation);
        using var use = _policies.UseReference();
        var ofReference = Draw(_policies.Reference, prompts, reference, step, (long)prompts.Length * policy, cancellation);
        var rollouts = new List<Rollout>();
        for (var row = 0; row < prompts.Length; row++)
        {
            rollouts.AddRange(ofPolicy.Skip(row * policy).Take(policy));
            rollouts.AddRange(ofReference.Skip(row * reference).Take(reference));
        }

        return rollouts;
    }

    private IReadOnlyList<Rollout> Draw(
        LanguageModel model, RolloutPrompt[] prompts, int each, long step, long firstStream, CancellationToken cancellation) => each == 0
        ? []
        : new ResponseSampler(model, _settings.Sampler, _streams, _tokenizer).Sample(
            [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, each))], step, firstStream, cancellation);

    private static List<TokenPair> Rank(List<Rollout> rollouts, IReadOnlyList<double> scores, int prompts)
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
}

/// <summary>What a step of online DPO reports about its samples.</summary>
internal static class OnlineDpoMetrics
{
    /// <summary>Numbers before the update; responses come prompt after prompt, those of the policy first.</summary>
    internal static Dictionary<string, double> OfScores(
        IReadOnlyList<Rollout> rollouts, RewardScores scores, int prompts, int policySamples, int pairs)
    {
        var each = rollouts.Count / prompts;
        var policy = scores.Total.Where((_, row) => row % each < policySamples).ToArray();
        var reference = scores.Total.Where((_, row) => row % each >= policySamples).ToArray();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["scores/mean"] = scores.Total.Average(),
            ["pairs/kept"] = (double)pairs / prompts,
            ["response_length/mean"] = rollouts.Average(rollout => rollout.Response.Count),
            ["response_length/ended"] = rollouts.Average(rollout => rollout.Ended ? 1.0 : 0.0),
        };
        if (policy.Length > 0)
        {
            metrics["scores/policy"] = policy.Average();
        }

        if (reference.Length > 0)
        {
            metrics["scores/reference"] = reference.Average();
        }

        return metrics;
    }
}
