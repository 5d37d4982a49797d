using System.Text.Json.Nodes;
using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>Direct preference optimisation on pairs that are given (ADR Eq. 6), with any loss of token log-probabilities under policy and
/// reference.</summary>
public sealed class DpoTrainer : ITrainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<TokenPair> _pairs;
    private readonly IReadOnlyList<TokenPair> _heldOut;
    private readonly DpoSettings _settings;
    private readonly RandomStreams _streams;
    private readonly StepRows _order;
    private readonly TrainingOptimizer _optimizer;
    private readonly IPairLoss _loss;
    private readonly PairPass _pass;
    private ReferenceLogProbs[]? _known;
    private ReferenceLogProbs[]? _knownHeldOut;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and, where the loss needs one, the reference.</param>
    /// <param name="pairs">What to learn from; at least one pair.</param>
    /// <param name="heldOut">What to evaluate on; may be empty.</param>
    /// <param name="settings">How to go over the pairs.</param>
    /// <param name="loss">The loss of a pair.</param>
    /// <param name="optimizer">How parameters move.</param>
    /// <param name="schedule">How the learning rate goes.</param>
    /// <param name="streams">Where order and dropout are drawn from.</param>
    /// <param name="tokenRewards">Scores after every token, where the loss takes token rewards from a model.</param>
    /// <exception cref="ReproException">There are no pairs, a response is empty, or a number makes no sense.</exception>
    public DpoTrainer(
        PolicyPair policies, IReadOnlyList<TokenPair> pairs, IReadOnlyList<TokenPair> heldOut,
            DpoSettings settings, IPairLoss loss,
        OptimizerSettings optimizer, ScheduleSettings schedule, RandomStreams streams, IRewardModel? tokenRewards = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        TrainerChecks.Sizes(settings.Batch, settings.Epochs, pairs, "preference pairs");
        Check(settings, loss);
        RequireResponses(pairs, "Training");
        RequireResponses(heldOut, "Held-out");
        (_policies, _pairs, _heldOut, _settings, _streams, _loss) = (policies, pairs, heldOut, settings, streams, loss);
        _order = new StepRows(pairs.Count, settings.Batch.BatchSize, settings.Shuffle, streams);
        TotalSteps = _order.StepsPerEpoch * settings.Epochs;
        _optimizer = new TrainingOptimizer(policies.Policy.TrainedParameters(), optimizer, schedule.Factor(TotalSteps));
        _pass = new PairPass(policies, loss, settings.HeadMemory, settings.SharePrompts, tokenRewards);
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public StepReport Step(long step, CancellationToken cancellation)
    {
        Precompute(cancellation);
        var numbers = _order.Of(step);
        var parts = Parts(numbers);
        var (norm, outcome) = PairUpdate.Run(
            _optimizer,
            _loss,
            step,
            parts.Count,
            part =>
            {
                using var dropout = _policies.Policy.UseDropout(_streams, step, part);
                return _pass.Backward([.. parts[part].Select(number => _pairs[number])], numbers.Count, _known is null ? null : [.. parts[part].Select(number => _known[number])]);
            },
            cancellation);
        var metrics = outcome.Metrics(_loss.Beta);
        var tokens = numbers.Sum(number => (long)_pairs[number].Tokens);
        (metrics["gradient_norm"], metrics["learning_rate"], metrics["epoch"], metrics["tokens"]) =
            (norm, _optimizer.LearningRate(step), (step + 1.0) / _order.StepsPerEpoch, tokens);
        return new StepReport(metrics, tokens);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        if (_heldOut.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        Precompute(cancellation);
        return PairUpdate.Look(_loss, () => PairOutcome.Join([.. GradientStep.Parts([.. Enumerable.Range(0, _heldOut.Count)], PartSize).Select(part =>
        {
            cancellation.ThrowIfCancellationRequested();
            return _pass.Evaluate([.. part.Select(number => _heldOut[number])], _knownHeldOut is null ? null : [.. part.Select(number => _knownHeldOut[number])]);
        })])).Metrics(_loss.Beta);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => _optimizer.StateTensors();

    /// <inheritdoc/>
    public JsonObject StateValues() => new() { ["optimizer"] = _optimizer.StateValues(), ["loss"] = (_loss as IStateful)?.StateValues() };

    /// <inheritdoc/>
    public void RestoreValues(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _optimizer.RestoreValues(values["optimizer"] as JsonObject ?? throw new ReproException("The state of DPO has no 'optimizer'."));
        (_loss as IStateful)?.RestoreValues(values["loss"] as JsonObject);
    }

    /// <summary>Holds the way over the pairs against the loss.</summary>
    /// <exception cref="ReproException">They do not fit together.</exception>
    internal static void Check(DpoSettings settings, IPairLoss loss)
    {
        if (loss.NeedsWholeBatch && settings.Batch.MicroBatchSize < settings.Batch.BatchSize)
        {
            throw new ReproException(
                "micro_batch_size must be that of the whole batch: this loss compares the pairs of a batch with each other.");
        }

        if (settings.PrecomputeReference && !loss.NeedsReference)
        {
            throw new ReproException("precompute_reference has no part in a loss without a reference; leave it out.");
        }
    }

    /// <inheritdoc/>
    public void Export(string folder) => _policies.Policy.Export(folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _policies.Dispose();
    }

    // Pairs of like lengths go together, which saves padding; the sum does not depend on it.
    private List<IReadOnlyList<int>> Parts(IReadOnlyList<int> numbers) =>
        _settings.GroupLengths && !_loss.NeedsWholeBatch && _policies.Policy.Language.Device.type == DeviceType.CPU
            ? LengthParts.Of(numbers, number => _pairs[number].Tokens, _settings.Batch.MicroBatchSize)
            : [.. GradientStep.Parts([.. numbers.OrderByDescending(number => _pairs[number].Tokens)], _settings.Batch.MicroBatchSize)];

    private int PartSize => _settings.Batch.MicroBatchSize ?? _settings.Batch.BatchSize;

    // In the order of the data and in parts of one size, so that a resumed run gets the very bits of the first one.
    private void Precompute(CancellationToken cancellation)
    {
        if (!_settings.PrecomputeReference || _known is not null)
        {
            return;
        }

        ReferenceLogProbs[] All(IReadOnlyList<TokenPair> pairs) =>
            [.. pairs.Chunk(PartSize).SelectMany(part =>
            {
                cancellation.ThrowIfCancellationRequested();
                return _pass.Known(part);
            })];
        (_knownHeldOut, _known) = (All(_heldOut), All(_pairs));
        _policies.ReleaseReference();
    }

    private static void RequireResponses(IReadOnlyList<TokenPair> pairs, string what)
    {
        for (var number = 0; number < pairs.Count; number++)
        {
            if (pairs[number].Chosen.Predictions == 0 || pairs[number].Rejected.Predictions == 0)
            {
                throw new ReproException(Invariant($"{what} pair {number} has an empty response; leave it out."));
            }
        }
    }
}

/// <summary>How DPO goes over its pairs.</summary>
public sealed record DpoSettings
{
    /// <summary>Pairs of one step.</summary>
    [ConfigInline]
    public required BatchSettings Batch { get; init; }

    /// <summary>Times that the data are gone through.</summary>
    [AtLeast(1, Instead = "run.maximum_steps ends a run early")]
    public int Epochs { get; init; } = 1;

    /// <summary>Whether each epoch has an order of its own; otherwise pairs come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether all log-probabilities under the reference are computed before the first step; a reference with weights of its own
    /// is freed then.</summary>
    public bool PrecomputeReference { get; init; }

    /// <summary>Whether a prompt may go through the model once for both responses, where that is less work.</summary>
    public bool SharePrompts { get; init; } = true;

    /// <summary>
    /// Whether a batch on the CPU goes through the model in parts of like lengths, fewer rows at a time than allowed, where that saves
    /// padding. The sum is that of the whole batch.
    /// </summary>
    public bool GroupLengths { get; init; } = true;

    /// <summary>How much memory tables over the vocabulary may take.</summary>
    public HeadMemory HeadMemory { get; init; } = new();
}
