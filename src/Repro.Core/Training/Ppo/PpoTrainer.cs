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

namespace Repro.Core.Training.Ppo;

/// <summary>
/// Policy gradients on sampled responses: PPO, and without a value head GRPO and RLOO. The path of a step: <see cref="Step"/> samples
/// responses to its prompts (<see cref="ResponseSampler"/>), scores them (<see cref="IRewardFunction"/>), measures them under policy,
/// reference and value head (<see cref="RolloutMeasurement"/>), forms token rewards and advantages (<see cref="PpoTargets"/>) and makes
/// clipped updates, mini-batch by mini-batch (<see cref="PpoUpdates"/>). Where the three differ stands in <see cref="PolicyMethod"/>.
/// </summary>
/// <remarks>
/// Contract. Log-probabilities of policy and reference are those of the distribution that responses are drawn from: divided by the
/// temperature, and renormalised over the tokens that top-k and top-p kept. Dropout is off throughout. Advantages take their statistics
/// over the whole step, before it is cut into mini-batches; returns are formed before whitening. Parts of a mini-batch add up to it
/// exactly, unless the settings ask for a mean of means. A step that fails or is cancelled leaves parameters, moments, counters and the KL
/// coefficient as they were.
/// </remarks>
public sealed class PpoTrainer : Trainer
{
    private const string MiniBatchOrder = "mini-batch order";

    private readonly PolicyPair _policies;
    private readonly ValueHead? _head;
    private readonly IReadOnlyList<RolloutPrompt> _prompts;
    private readonly IRewardFunction _reward;
    private readonly PolicyGradientSettings _settings;
    private readonly PolicyMethod _method;
    private readonly PpoTrainerParts _parts;
    private readonly TrainingState _state;
    private readonly ResponseSampler _sampler;
    private readonly DataOrder _order;
    private KlController _kl;

    /// <summary>Puts the parts together; the value head of PPO is drawn from the run's seed unless one is given.</summary>
    /// <param name="policies">Policy and reference. They are freed with the trainer.</param>
    /// <param name="prompts">What responses are sampled for; at least as many as a step has.</param>
    /// <param name="reward">What scores them.</param>
    /// <param name="settings">Which method, with its numbers: <see cref="PpoSettings"/>, <see cref="GrpoSettings"/> or
    /// <see cref="RlooSettings"/>.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="parts">What else there is.</param>
    /// <exception cref="ReproException">There are too few prompts, or settings do not fit together.</exception>
    /// <exception cref="ArgumentException">A setting is impossible, or a method without values was given a value head or an adaptive
    /// mask.</exception>
    public PpoTrainer(
        PolicyPair policies,
        IReadOnlyList<RolloutPrompt> prompts,
        IRewardFunction reward,
        PolicyGradientSettings settings,
        OptimizerSettings optimizer,
        RandomStreams streams,
        PpoTrainerParts? parts = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(reward);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(streams);
        settings.Check();
        (_policies, _prompts, _reward, _settings, _parts, Streams) = (
            policies, prompts, reward, settings, parts ?? new PpoTrainerParts(), streams);
        _method = settings.Method();
        _order = new DataOrder(
            prompts.Count, settings.PromptsPerStep, epoch => streams.For(RandomStreams.DataOrder, epoch), dropLast: true);
        _kl = _method.Controller();
        _head = Head(settings, _parts, policies.Policy.Language, streams);
        var trained = policies.Policy.TrainedParameters().OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Concat(_head is null ? [] : _head.Parameters().Select(pair => (pair.Key, pair.Value)));
        var totalSteps = (long)_order.StepsPerEpoch * settings.Epochs;
        var updates = new TrainingOptimizer(trained, optimizer, _parts.Schedule.Factor(totalSteps));
        _state = new TrainingState(policies, updates, totalSteps, new StepMemory("PPO", "adaptive", _parts.Adaptive));
        _sampler = new ResponseSampler(policies.Policy.Language, settings.Sampler, streams, _parts.Tokenizer);
        Updates = new PpoUpdates(policies, _head, settings, _method, updates, _parts.GradientCheckpointing, _sampler.Pad);
    }

    private protected override TrainingState State => _state;

    /// <summary>The value head of PPO; it is freed with the trainer.</summary>
    /// <exception cref="InvalidOperationException">GRPO and RLOO have none.</exception>
    public ValueHead ValueHead => _head ?? throw new InvalidOperationException("Only PPO has a value head.");

    /// <summary>The KL coefficient in force.</summary>
    public double KlCoefficient => _kl.Coefficient;

    internal PpoUpdates Updates { get; }

    private RandomStreams Streams { get; }

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rollouts = Sample([.. _order.Of(step).Select(row => _prompts[row])], step, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        var clipped = _settings.Clip(scores.Total);
        using var batch = Measure(rollouts, cancellation);
        using var targets = _method.Targets(batch, clipped, _kl.Coefficient);
        var metrics = PpoMetrics.OfRollouts(batch, targets, scores, clipped, _kl.Coefficient);
        using var before = new StateSnapshot(this);
        try
        {
            var mask = _parts.Adaptive?.Mask(batch, targets, clipped);
            var updates = Updates.Run(batch, targets, mask, step, Orders(step, rollouts.Count), cancellation);
            PpoMetrics.AddUpdates(metrics, updates);
            if (_settings is PpoSettings { EarlyStopping: true })
            {
                metrics["updates"] = updates.Count;
            }

            _kl.Update(metrics["kl/mean"], rollouts.Count);
        }
        catch
        {
            before.Restore();
            throw;
        }

        metrics["learning_rate"] = _state.LearningRate(step);
        return new StepReport(metrics, rollouts.Sum(rollout => (long)rollout.Prompt.Ids.Count + rollout.Response.Count))
        {
            Samples = RolloutSamples.Take(rollouts, scores, _parts.ShownSamples),
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        if (_parts.EvaluationPrompts.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        using var scope = NewDisposeScope();
        // The same random numbers each time, which no step of the run uses.
        var rollouts = Sample(_parts.EvaluationPrompts, -1, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        var clipped = _settings.Clip(scores.Total);
        using var batch = Measure(rollouts, cancellation);
        using var targets = _method.HeldOutTargets(batch, clipped);
        var metrics = PpoMetrics.OfRollouts(batch, targets, scores, clipped, 0);
        metrics.Remove("kl/coefficient");
        return metrics;
    }

    /// <inheritdoc/>
    public override JsonObject StateValues()
    {
        var values = base.StateValues();
        values["kl_coefficient"] = _kl.Coefficient;
        return values;
    }

    /// <inheritdoc/>
    public override void RestoreValues(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values["kl_coefficient"] is not JsonValue value || !value.TryGetValue(out double coefficient) || !(coefficient >= 0))
        {
            throw new ReproException("The state of PPO has no 'kl_coefficient'.");
        }

        base.RestoreValues(values);
        _kl = _method.Controller(coefficient);
    }

    /// <inheritdoc/>
    public override void Export(string folder)
    {
        base.Export(folder);
        _head?.Save(folder);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _head?.Dispose();
    }

    private static ValueHead? Head(PolicyGradientSettings settings, PpoTrainerParts parts, LanguageModel model, RandomStreams streams)
    {
        if (settings is PpoSettings ppo)
        {
            var seed = streams.For(RandomStreams.Initialisation, 0, 1);
            return parts.ValueHead ?? ValueHead.Create(model.Config, seed, model.Device, ppo.ValueHead);
        }

        return parts is { ValueHead: null, Adaptive: null }
            ? null
            : throw new ArgumentException("A value head or an adaptive mask is for PPO alone.", nameof(parts));
    }

    // The responses to one prompt are adjacent.
    private IReadOnlyList<Rollout> Sample(IReadOnlyList<RolloutPrompt> prompts, long step, CancellationToken cancellation)
    {
        using var use = _policies.UsePolicy();
        RolloutPrompt[] repeated = [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, _settings.ResponsesPerPrompt))];
        return _sampler.Sample(repeated, step, 0, cancellation);
    }

    private RolloutBatch Measure(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation) => RolloutMeasurement.Measure(
        _policies, _head, rollouts, _settings.Sampler, _method.FullKl, _settings.MicroBatchSize, _sampler.Pad, cancellation);

    // The order of the responses in each epoch.
    private IReadOnlyList<int>[] Orders(long step, int responses)
    {
        var seed = Streams.For(MiniBatchOrder, step);
        return [.. Enumerable.Range(0, _settings.UpdateEpochs).Select(epoch => Permutation.Draw(responses, seed, epoch))];
    }
}

/// <summary>What a trainer of PPO, GRPO or RLOO can do without.</summary>
public sealed record PpoTrainerParts
{
    /// <summary>A value head of PPO to go on with; the trainer frees it. Null draws a fresh one.</summary>
    public ValueHead? ValueHead { get; init; }

    /// <summary>Makes texts of responses; null leaves them empty.</summary>
    public TextTokenizer? Tokenizer { get; init; }

    /// <summary>The learning-rate schedule, by steps (not by updates).</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Whether blocks are run again in the backward pass instead of keeping their activations.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Chooses the tokens that the surrogate is taken over (APPO); null for all.</summary>
    public IPpoMask? Adaptive { get; init; }

    /// <summary>Prompts to evaluate on.</summary>
    public IReadOnlyList<RolloutPrompt> EvaluationPrompts { get; init; } = [];

    /// <summary>Samples in the report of a step.</summary>
    public int ShownSamples { get; init; } = 2;
}
