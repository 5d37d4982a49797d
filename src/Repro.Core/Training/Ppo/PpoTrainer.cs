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
/// Proximal policy optimisation on responses. A step samples one response for each of its prompts, scores them, measures policy, reference
/// and values, forms token rewards (KL penalty everywhere, score at the last response token) and advantages, and makes several epochs of
/// clipped updates.
/// </summary>
/// <remarks>
/// Contract. Responses are scored under the very distribution that they were drawn from. Dropout is off throughout. Whitening takes mean
/// and unbiased variance over the response tokens of the whole step, before it is cut into mini-batches; returns are formed before
/// whitening. Parts of a mini-batch add up to it exactly. A step that fails or is cancelled leaves parameters, moments, counters and the KL
/// coefficient as they were.
/// </remarks>
public sealed class PpoTrainer : ITrainer
{
    private const string MiniBatchOrder = "mini-batch order";

    private readonly PolicyPair _policies;
    private readonly ValueHead _head;
    private readonly IReadOnlyList<RolloutPrompt> _prompts;
    private readonly IRewardFunction _reward;
    private readonly PpoTrainingSettings _settings;
    private readonly PpoTrainerParts _parts;
    private readonly TrainingOptimizer _optimizer;
    private readonly ResponseSampler _sampler;
    private readonly PpoUpdates _updates;
    private readonly DataOrder _order;
    private KlController _kl;

    /// <summary>Puts the parts together; the value head is drawn from the run's seed unless one is given.</summary>
    /// <param name="policies">Policy and reference. They stay the caller's.</param>
    /// <param name="prompts">What responses are sampled for; at least as many as a step has.</param>
    /// <param name="reward">What scores them.</param>
    /// <param name="settings">The numbers of PPO.</param>
    /// <param name="optimizer">How parameters move.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="parts">What else there is.</param>
    /// <exception cref="ReproException">There are too few prompts.</exception>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public PpoTrainer(
        PolicyPair policies,
        IReadOnlyList<RolloutPrompt> prompts,
        IRewardFunction reward,
        PpoTrainingSettings settings,
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
        (_policies, _prompts, _reward, _settings, _parts, Streams) = (policies, prompts, reward, settings, parts ?? new PpoTrainerParts(), streams);
        _order = new DataOrder(prompts.Count, settings.BatchSize, epoch => streams.For(RandomStreams.DataOrder, epoch), dropLast: true);
        TotalSteps = (long)_order.StepsPerEpoch * settings.Epochs;
        _kl = settings.Kl.Controller();
        _head = _parts.ValueHead ?? ValueHead.Create(policies.Policy.Language.Config, streams.For(RandomStreams.Initialisation, 0, 1), policies.Policy.Language.Device, settings.ValueHead);
        var rate = _parts.Schedule.Factor(TotalSteps);
        _optimizer = new TrainingOptimizer(
            policies.Policy.TrainedParameters().OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .Concat(_head.Parameters().Select(pair => (pair.Key, pair.Value))), optimizer, rate);
        _sampler = new ResponseSampler(policies.Policy.Language, settings.Sampler, streams, _parts.Tokenizer);
        _updates = new PpoUpdates(policies, _head, settings, _optimizer, _parts.GradientCheckpointing, _sampler.Pad);
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <summary>The value head; it is freed with the trainer.</summary>
    public ValueHead ValueHead => _head;

    /// <summary>The KL coefficient in force.</summary>
    public double KlCoefficient => _kl.Coefficient;

    internal PpoUpdates Updates => _updates;

    private RandomStreams Streams { get; }

    /// <inheritdoc/>
    public StepReport Step(long step, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rollouts = Sample(step, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        var clipped = Clip(scores.Total);
        using var batch = Measure(rollouts, cancellation);
        using var targets = PpoTargets.Of(batch, clipped, _kl.Coefficient, _settings);
        var metrics = PpoMetrics.OfRollouts(batch, targets, scores, clipped, _kl.Coefficient);
        using var before = new StateSnapshot(this);
        IReadOnlyList<IReadOnlyDictionary<string, double>> updates;
        try
        {
            var mask = _parts.Adaptive?.Mask(batch, targets, clipped);
            updates = _updates.Run(batch, targets, mask, step, epoch => Permutation.Of(rollouts.Count, Streams.For(MiniBatchOrder, step), epoch), cancellation);
            _kl.Update(metrics["kl/mean"], rollouts.Count);
        }
        catch
        {
            before.Restore();
            throw;
        }

        PpoMetrics.AddUpdates(metrics, updates);
        metrics["learning_rate"] = _optimizer.LearningRate(step);
        return new StepReport(metrics, rollouts.Sum(rollout => (long)rollout.Prompt.Ids.Count + rollout.Response.Count))
        {
            Samples = RolloutSamples.Of(rollouts, scores, _parts.ShownSamples),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        if (_parts.EvaluationPrompts.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        using var scope = NewDisposeScope();
        using var use = _policies.UsePolicy();
        // The same random numbers each time, which no step of the run uses.
        var rollouts = _sampler.Sample(_parts.EvaluationPrompts, -1, 0, cancellation);
        var scores = _reward.Score(rollouts, cancellation);
        using var batch = Measure(rollouts, cancellation);
        using var targets = PpoTargets.Of(batch, Clip(scores.Total), 0, _settings);
        return PpoMetrics.OfRollouts(batch, targets, scores, Clip(scores.Total), 0)
            .Where(pair => pair.Key != "kl/coefficient")
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => _optimizer.StateTensors();

    /// <inheritdoc/>
    public JsonObject StateValues() => new()
    {
        ["optimizer"] = _optimizer.StateValues(),
        ["kl_coefficient"] = _kl.Coefficient,
        ["adaptive"] = _parts.Adaptive?.StateValues(),
    };

    /// <inheritdoc/>
    public void RestoreValues(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values["kl_coefficient"] is not JsonValue value || !value.TryGetValue(out double coefficient) || !(coefficient >= 0))
        {
            throw new ReproException("The state of PPO has no 'kl_coefficient'.");
        }

        _optimizer.RestoreValues(values["optimizer"] as JsonObject ?? throw new ReproException("The state of PPO has no 'optimizer'."));
        _parts.Adaptive?.RestoreValues(values["adaptive"] as JsonObject);
        _kl = _settings.Kl.Controller(coefficient);
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        _policies.Policy.Export(folder);
        _head.Save(folder);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _head.Dispose();
        _policies.Dispose();
    }

    private IReadOnlyList<Rollout> Sample(long step, CancellationToken cancellation)
    {
        using var use = _policies.UsePolicy();
        return _sampler.Sample([.. _order.Of(step).Select(row => _prompts[row])], step, 0, cancellation);
    }

    private RolloutBatch Measure(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation) => RolloutMeasurement.Measure(
        _policies, _head, rollouts, _settings.Sampler, _settings.Kl.Penalty == KlPenaltyKind.Full, _settings.MicroBatchSize, _sampler.Pad, cancellation);

    private double[] Clip(IReadOnlyList<double> scores) =>
        [.. scores.Select(score => _settings.ScoreClip is { } most ? Math.Clamp(score, -most, most) : score)];
}

/// <summary>What a PPO trainer can do without.</summary>
public sealed record PpoTrainerParts
{
    /// <summary>A value head to go on with; the trainer frees it. Null draws a fresh one.</summary>
    public ValueHead? ValueHead { get; init; }

    /// <summary>Makes texts of responses; null leaves them empty.</summary>
    public TextTokenizer? Tokenizer { get; init; }

    /// <summary>How the learning rate goes, by steps (not by updates).</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Whether blocks are run again on the way back instead of keeping their activations.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Chooses the tokens that the surrogate is taken over (APPO); null for all.</summary>
    public IPpoMask? Adaptive { get; init; }

    /// <summary>Prompts to evaluate on.</summary>
    public IReadOnlyList<RolloutPrompt> EvaluationPrompts { get; init; } = [];

    /// <summary>Samples in the report of a step.</summary>
    public int ShownSamples { get; init; } = 2;
}
