using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Sft;

/// <summary>
/// Supervised fine-tuning (CRS Section 5.2): cross entropy of the tokens that a row marks. Only their positions go through the head, each
/// once, because the derivative of the loss by a log-probability does not depend on it.
/// </summary>
/// <remarks>
/// The path of a step: <see cref="BatchSampler"/> names the rows, <see cref="TokenBatch"/> pads a micro-batch,
/// <see cref="TrainedDecoder.Forward"/> gives its hidden states, <see cref="HeadLogProbs.BackwardWeighted"/> the loss and its gradient in
/// one, <see cref="ForwardPass.Backward"/> takes that through the model, and <see cref="OptimizerStep.Apply"/> moves the parameters.
/// </remarks>
public sealed class SftTrainer : Trainer
{
    private const string WindowStream = "window";

    private readonly TrainedModel _model;
    private readonly IReadOnlyList<TokenRow> _rows;
    private readonly IReadOnlyList<TokenRow> _heldOut;
    private readonly SftSettings _settings;
    private readonly RandomStreams _streams;
    private readonly BatchSampler _sampler;
    private readonly TrainingState _state;
    private readonly HeadLogProbs _head;

    /// <summary>Prepares a run. The model belongs to the trainer from here on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">What to learn; at least one row.</param>
    /// <param name="heldOut">What to evaluate on; may be empty.</param>
    /// <param name="settings">How to go over the rows.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="streams">Where order, windows and dropout are drawn from.</param>
    /// <exception cref="ReproException">There are no rows, or a number makes no sense.</exception>
    public SftTrainer(
        TrainedModel model, IReadOnlyList<TokenRow> rows, IReadOnlyList<TokenRow> heldOut, SftSettings settings,
        OptimizerSettings optimizer, ScheduleSettings schedule, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(schedule);
        (_model, _rows, _heldOut, _settings, _streams) = (model, rows, heldOut, settings, streams);
        TrainerChecks.Sizes(settings.Batch, settings.Epochs, rows, "training rows");
        if (settings.MaxLength is < 2)
        {
            throw new ReproException(
                Invariant($"max_length must be at least 2, was {settings.MaxLength}: the first token of a row predicts nothing."));
        }

        RequireLossTokens(rows);
        _sampler = new BatchSampler(rows.Count, settings.Batch.BatchSize, settings.Shuffle, streams);
        _state = new TrainingState(model, optimizer, schedule, _sampler.StepsPerEpoch * settings.Epochs);
        _head = new HeadLogProbs(model.Language, settings.HeadMemory);
    }

    private protected override TrainingState State => _state;

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        var rows = _sampler.Batch(step).Select(number => Window(_rows[number], step, number)).ToList();
        var microBatches = MicroBatches(rows);
        var predictions = rows.Sum(row => (long)row.Predictions);
        var loss = 0.0;
        using var update = _state.BeginStep(step);
        for (var part = 0; part < microBatches.Count; part++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var dropout = _model.UseDropout(_streams, step, part);
            var own = microBatches[part];
            var divisor = _settings.LossNormalization == LossNormalization.WholeBatch
                ? predictions
                : own.Sum(row => (double)row.Predictions) * microBatches.Count;
            loss += divisor == 0 ? 0 : update.RequireFinite(ForwardBackward(own, divisor));
        }

        var norm = update.Apply();
        var metrics = new Dictionary<string, double> { ["loss"] = loss, ["tokens/loss"] = predictions };
        return _state.Report(metrics, step, norm, _sampler.Epoch(step), rows.Sum(row => (long)row.Ids.Length));
    }

    /// <summary>The mean loss of the tokens of the held-out rows, each cut to its first tokens.</summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        var rows = _heldOut.Select(First).Where(row => row.Predictions > 0).ToList();
        if (rows.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        var (sum, count) = (0.0, 0L);
        using var noGrad = no_grad();
        using var mode = new EvaluationMode(_model.Language);
        foreach (var part in rows.OrderBy(row => row.Ids.Length).Chunk(_settings.Batch.MicroBatchSize ?? _settings.Batch.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = TokenBatch.Collate(part, _model.Language.Device);
            var hidden = _model.Language.Hidden(batch.Ids, batch.AttentionMask, first: batch.First);
            sum -= _head.Compute(hidden, batch.Ids, batch.CompletionMask).sum(ScalarType.Float64).ToDouble();
            count += part.Sum(row => (long)row.Predictions);
        }

        return new Dictionary<string, double> { ["loss"] = sum / count, ["perplexity"] = Math.Exp(sum / count), ["rows"] = rows.Count };
    }

    // Adds the gradients of cross entropy / divisor. The derivative by each log-probability is -1 / divisor.
    private double ForwardBackward(IReadOnlyList<TokenRow> rows, double divisor)
    {
        using var scope = NewDisposeScope();
        using var batch = TokenBatch.Collate(rows, _model.Language.Device);
        var weights = full(
            [batch.Ids.shape[0], batch.Ids.shape[1] - 1], -1 / divisor, dtype: ScalarType.Float64, device: batch.Ids.device);
        var forward = _model.Forward(batch.Ids, batch.AttentionMask, first: batch.First);
        var logProbs = _head.BackwardWeighted(forward.Hidden, batch.Ids, batch.CompletionMask, weights);
        forward.Backward();
        return logProbs.sum(ScalarType.Float64).div(-divisor).ToDouble();
    }

    private TokenRow Window(TokenRow row, long step, int number)
    {
        if (_settings.MaxLength is not { } most || row.Ids.Length <= most)
        {
            return row;
        }

        var random = new Random(unchecked((int)_streams.For(WindowStream, step, number)));
        var (start, end) = new WindowTruncation(most, _settings.RandomWindowProbability).Choose(row.Ids.Length, random);
        var window = row.Part(start, end);
        return window.Predictions > 0 ? window : First(row);
    }

    private TokenRow First(TokenRow row) => row.Part(0, Math.Min(row.Ids.Length, _settings.MaxLength ?? int.MaxValue));

    private void RequireLossTokens(IReadOnlyList<TokenRow> rows)
    {
        for (var number = 0; number < rows.Count; number++)
        {
            if (First(rows[number]).Predictions == 0)
            {
                throw new ReproException(
                    Invariant($"Training row {number} has no token that carries ")
                        + Invariant($"loss{(_settings.MaxLength is { } most ? Invariant($" among its first {most}") : string.Empty)}; ")
                        + "leave it out.");
            }
        }
    }

    private List<IReadOnlyList<TokenRow>> MicroBatches(List<TokenRow> rows)
    {
        var micro = _settings.Batch.MicroBatchSize;
        var fewestTokens = _settings.GroupLengths && _model.Language.Device.type == DeviceType.CPU;
        // A mean of means depends on which rows go together: neighbours, as in the peers.
        return _settings.LossNormalization == LossNormalization.MicroBatches || (!fewestTokens && !(micro < rows.Count))
            ? [.. GradientStep.MicroBatches(rows, micro)]
            : [.. GradientStep.MicroBatches(rows, row => row.Ids.Length, micro, fewestTokens)];
    }
}

/// <summary>Batches, epochs and lengths of supervised fine-tuning.</summary>
public sealed record SftSettings : DatasetTrainingSettings
{
    /// <summary>Most tokens of a row; null for any length.</summary>
    [AtLeast(2, Instead = "leave the key out for no limit")]
    public int? MaxLength { get; init; }

    /// <summary>How often a row that is too long is cut to a window at a random place instead of to its first tokens (CRS
    /// Section 5.2).</summary>
    [Within(0, 1)]
    public double RandomWindowProbability { get; init; }

    /// <summary>What the loss is divided by.</summary>
    public LossNormalization LossNormalization { get; init; } = LossNormalization.WholeBatch;
}
