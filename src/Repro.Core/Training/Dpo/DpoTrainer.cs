using System.Diagnostics.CodeAnalysis;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>Direct preference optimisation on pairs that are given (ADR Eq. 6), with any loss of token log-probabilities under policy and
/// reference.</summary>
/// <remarks>
/// The path of a step: <see cref="BatchSampler"/> names the pairs, <see cref="PairPass.Forward"/> takes a micro-batch through policy and
/// reference, <see cref="IPairLoss.PerPair"/> is the loss, <see cref="PairForward.Backward"/> adds its gradients, and
/// <see cref="OptimizerStep.Apply"/> moves the parameters.
/// </remarks>
public sealed class DpoTrainer : Trainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<TokenPair> _pairs;
    private readonly IReadOnlyList<TokenPair> _heldOut;
    private readonly DpoSettings _settings;
    private readonly RandomStreams _streams;
    private readonly BatchSampler _sampler;
    private readonly TrainingState _state;
    private readonly IPairLoss _loss;
    private readonly PairPass _pass;
    private ReferenceLogProbs[]? _reference;
    private ReferenceLogProbs[]? _heldOutReference;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and, where the loss needs one, the reference.</param>
    /// <param name="pairs">What to learn from; at least one pair.</param>
    /// <param name="heldOut">What to evaluate on; may be empty.</param>
    /// <param name="settings">How to go over the pairs.</param>
    /// <param name="loss">The loss of a pair.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="streams">Where order and dropout are drawn from.</param>
    /// <param name="tokenRewards">Scores after every token, where the loss takes token rewards from a model.</param>
    /// <exception cref="ReproException">There are no pairs, a response is empty, or a number makes no sense.</exception>
    public DpoTrainer(
        PolicyPair policies, IReadOnlyList<TokenPair> pairs, IReadOnlyList<TokenPair> heldOut, DpoSettings settings, IPairLoss loss,
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
        _sampler = new BatchSampler(pairs.Count, settings.Batch.BatchSize, settings.Shuffle, streams);
        _state = new TrainingState(
            policies, optimizer, schedule, _sampler.StepsPerEpoch * settings.Epochs, new StepMemory("DPO", "loss", loss as IStateful));
        _pass = new PairPass(policies, loss, settings.HeadMemory, settings.SharePrompts, tokenRewards);
    }

    private protected override TrainingState State => _state;

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        PrecomputeReference(cancellation);
        var batch = _sampler.Batch(step);
        var results = new List<PairMetrics>();
        using var update = _state.BeginStep(step);
        foreach (var microBatch in MicroBatches(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var dropout = _policies.Policy.UseDropout(_streams, step, results.Count);
            var forward = _pass.Forward(Rows(_pairs, microBatch), Rows(_reference, microBatch));
            var losses = _loss.PerPair(forward.Tokens);
            forward.Backward(losses.sum() / batch.Count);
            results.Add(PairMetrics.Read(_loss, forward.Tokens, losses));
            update.RequireFinite(results[^1].Losses.Sum());
        }

        var norm = update.Apply();
        var tokens = batch.Sum(number => (long)_pairs[number].Tokens);
        return _state.Report(PairMetrics.Concat(results).Averages(_loss.Beta), step, norm, _sampler.Epoch(step), tokens);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        if (_heldOut.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        PrecomputeReference(cancellation);
        var results = new List<PairMetrics>();
        using var memory = _state.ProtectMemory();
        foreach (var part in Enumerable.Range(0, _heldOut.Count).Chunk(PartSize))
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(_pass.Evaluate(Rows(_heldOut, part), Rows(_heldOutReference, part)));
        }

        return PairMetrics.Concat(results).Averages(_loss.Beta);
    }

    /// <summary>Whether the settings fit the loss.</summary>
    /// <exception cref="ReproException">They do not.</exception>
    internal static void Check(DpoSettings settings, IPairLoss loss)
    {
        CheckMicroBatches(loss, settings.Batch.MicroBatchSize, settings.Batch.BatchSize);
        if (settings.PrecomputeReference && !loss.NeedsReference)
        {
            throw new ReproException("precompute_reference has no part in a loss without a reference; leave it out.");
        }
    }

    /// <summary>Whether a batch may be cut into micro-batches under a loss.</summary>
    /// <exception cref="ReproException">It may not.</exception>
    internal static void CheckMicroBatches(IPairLoss loss, int? microBatchSize, int batchSize)
    {
        if (loss.NeedsWholeBatch && microBatchSize < batchSize)
        {
            throw new ReproException(
                "micro_batch_size must be that of the whole batch: this loss compares the pairs of a batch with each other.");
        }
    }

    private int PartSize => _settings.Batch.MicroBatchSize ?? _settings.Batch.BatchSize;

    private IEnumerable<IReadOnlyList<int>> MicroBatches(IReadOnlyList<int> batch) => GradientStep.MicroBatches(
        batch,
        number => _pairs[number].Tokens,
        _settings.Batch.MicroBatchSize,
        fewestTokens: _settings.GroupLengths && !_loss.NeedsWholeBatch && _policies.Policy.Language.Device.type == DeviceType.CPU);

    // In the order of the data and in parts of one size, so that a resumed run gets the very bits of the first one.
    private void PrecomputeReference(CancellationToken cancellation)
    {
        if (!_settings.PrecomputeReference || _reference is not null)
        {
            return;
        }

        (_heldOutReference, _reference) = (ReferenceOf(_heldOut, cancellation), ReferenceOf(_pairs, cancellation));
        _policies.ReleaseReference();
    }

    private ReferenceLogProbs[] ReferenceOf(IReadOnlyList<TokenPair> pairs, CancellationToken cancellation)
    {
        var all = new List<ReferenceLogProbs>();
        foreach (var part in pairs.Chunk(PartSize))
        {
            cancellation.ThrowIfCancellationRequested();
            all.AddRange(_pass.PrecomputeReference(part));
        }

        return [.. all];
    }

    [return: NotNullIfNotNull(nameof(rows))]
    private static T[]? Rows<T>(IReadOnlyList<T>? rows, IReadOnlyList<int> numbers) =>
        rows is null ? null : [.. numbers.Select(number => rows[number])];

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

/// <summary>Batches, epochs and memory of DPO.</summary>
public sealed record DpoSettings : DatasetTrainingSettings
{
    /// <summary>Whether all log-probabilities under the reference are computed before the first step; a reference with weights of its own
    /// is freed then.</summary>
    public bool PrecomputeReference { get; init; }

    /// <summary>Whether a prompt may go through the model once for both responses, where that is less work.</summary>
    public bool SharePrompts { get; init; } = true;
}
