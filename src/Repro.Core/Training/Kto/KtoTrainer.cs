using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Kto;

/// <summary>
/// Kahneman-Tversky optimisation (KTO, arXiv 2402.01306) on completions that were judged one by one, as TRL's KTOTrainer does it.
/// <see cref="Step"/>: take a batch of rows; estimate the reference point, the KL divergence of policy and reference, on each prompt with
/// the completion of the row before it; then for each part of the batch run the reference and the policy forward, compute
/// <see cref="KtoLoss.Unpaired"/> and run backward; then one step of the optimizer.
/// </summary>
/// <remarks>
/// The reference point is that of the whole batch, so that micro-batches add up to it exactly; TRL takes that of each micro-batch. It is
/// computed without dropout. TRL pairs the rows in the order of the data before it shuffles them, here it is the order of the batch.
/// </remarks>
public sealed class KtoTrainer : Trainer
{
    private readonly PolicyPair _policies;
    private readonly IReadOnlyList<KtoRow> _rows;
    private readonly IReadOnlyList<KtoRow> _heldOut;
    private readonly KtoSettings _settings;
    private readonly KtoLossSettings _loss;
    private readonly RandomStreams _streams;
    private readonly BatchSampler _sampler;
    private readonly TrainingState _state;
    private readonly HeadLogProbs _head;

    /// <summary>Prepares a run. Policy and reference belong to the trainer from here on.</summary>
    /// <param name="policies">The policy and its reference.</param>
    /// <param name="rows">What to learn from; at least two rows.</param>
    /// <param name="heldOut">What to evaluate on; may be empty.</param>
    /// <param name="settings">How to go over the rows.</param>
    /// <param name="loss">The loss of a row.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="streams">Where order and dropout are drawn from.</param>
    /// <exception cref="ReproException">There are too few rows, a completion is empty, or a number makes no sense.</exception>
    public KtoTrainer(
        PolicyPair policies, IReadOnlyList<KtoRow> rows, IReadOnlyList<KtoRow> heldOut, KtoSettings settings, KtoLossSettings loss,
        OptimizerSettings optimizer, ScheduleSettings schedule, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        TrainerChecks.Sizes(settings.Batch, settings.Epochs, rows, "training rows");
        PairRows.CheckLengths(settings.MaxLength, settings.MaxPromptLength);
        RequireRows(rows, "training", loss);
        RequireRows(heldOut, "held-out", loss);
        (_policies, _rows, _heldOut, _settings, _loss, _streams) = (policies, rows, heldOut, settings, loss, streams);
        _sampler = new BatchSampler(rows.Count, settings.Batch.BatchSize, settings.Shuffle, streams);
        _state = new TrainingState(policies, optimizer, schedule, _sampler.StepsPerEpoch * settings.Epochs);
        _head = new HeadLogProbs(policies.Policy.Language, settings.HeadMemory);
    }

    private protected override TrainingState State => _state;

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        var batch = Batch(_rows, _sampler.Batch(step));
        var point = ReferencePoint(batch, cancellation);
        var outcomes = new List<KtoOutcome>();
        using var update = _state.BeginStep(step);
        foreach (var (number, microBatch) in MicroBatches(batch).Index())
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var dropout = _policies.Policy.UseDropout(_streams, step, number);
            using var texts = TokenBatch.Collate([.. microBatch.Select(example => example.Text)], _policies.Policy.Language.Device);
            var reference = ReferenceLogProbs(texts);
            var forward = _policies.Policy.Forward(texts.Ids, texts.AttentionMask, first: texts.First);
            var head = _head.Forward(forward.Hidden, texts.Ids, texts.CompletionMask);
            var policy = head.LogProbs.sum([1]);
            var losses = Losses(microBatch, policy, reference, point);
            (losses.sum() / batch.Count).backward();
            head.Backward();
            forward.Backward();
            var outcome = Outcomes(microBatch, losses, policy, reference);
            update.RequireFinite(outcome.Sum(row => row.Loss));
            outcomes.AddRange(outcome);
        }

        var norm = update.Apply();
        var tokens = batch.Sum(example => (long)example.Text.Ids.Length);
        return _state.Report(Metrics(outcomes, point), step, norm, _sampler.Epoch(step), tokens);
    }

    /// <summary>The metrics of the held-out rows, in batches of their order; the reference point is the mean of those of the
    /// batches.</summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        if (_heldOut.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        var (outcomes, points) = (new List<KtoOutcome>(), new List<double>());
        foreach (var numbers in Enumerable.Range(0, _heldOut.Count).Chunk(_settings.Batch.BatchSize))
        {
            var batch = Batch(_heldOut, numbers);
            points.Add(ReferencePoint(batch, cancellation));
            foreach (var part in MicroBatches(batch))
            {
                cancellation.ThrowIfCancellationRequested();
                outcomes.AddRange(Evaluate(part, points[^1]));
            }
        }

        return Metrics(outcomes, points.Average());
    }

    // Each prompt is also read with the completion of the row before it in the batch, the first one with that of the last. A batch of one
    // row takes the completion from the row before it in the data.
    private List<KtoExample> Batch(IReadOnlyList<KtoRow> rows, IReadOnlyList<int> numbers)
    {
        int Before(int index) => numbers.Count > 1
            ? numbers[(index + numbers.Count - 1) % numbers.Count]
            : (numbers[index] + rows.Count - 1) % rows.Count;
        KtoExample Example(int number, int index) => new(
            Text(rows[number].Prompt, rows[number].Completion),
            Text(rows[number].Prompt, rows[Before(index)].Completion),
            rows[number].Desirable);
        return [.. numbers.Select(Example)];
    }

    private TokenRow Text(int[] prompt, int[] completion) =>
        PairRows.Row(prompt, completion, _settings.MaxLength, _settings.MaxPromptLength, prompt.Length + completion.Length);

    private IEnumerable<IReadOnlyList<KtoExample>> MicroBatches(List<KtoExample> batch) => GradientStep.MicroBatches(
        batch,
        example => example.Text.Ids.Length,
        _settings.Batch.MicroBatchSize,
        fewestTokens: _settings.GroupLengths && _policies.Policy.Language.Device.type == DeviceType.CPU);

    // 0 where the loss has none.
    private double ReferencePoint(List<KtoExample> batch, CancellationToken cancellation)
    {
        if (_loss.Kind == KtoLossKind.ApoZeroUnpaired)
        {
            return 0;
        }

        var (policy, reference) = (new List<double>(), new List<double>());
        foreach (var part in GradientStep.MicroBatches([.. batch.Select(example => example.Mismatched)], _settings.Batch.MicroBatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var tokens = TokenBatch.Collate(part, _policies.Policy.Language.Device);
            policy.AddRange(Numbers(PolicyLogProbs(tokens)));
            reference.AddRange(Numbers(ReferenceLogProbs(tokens)));
        }

        using var outer = NewDisposeScope();
        return KtoLoss.ReferencePoint(tensor(policy.ToArray()), tensor(reference.ToArray())).item<double>();
    }

    private List<KtoOutcome> Evaluate(IReadOnlyList<KtoExample> part, double point)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var tokens = TokenBatch.Collate([.. part.Select(example => example.Text)], _policies.Policy.Language.Device);
        var (policy, reference) = (PolicyLogProbs(tokens), ReferenceLogProbs(tokens));
        return Outcomes(part, Losses(part, policy, reference, point), policy, reference);
    }

    private Tensor Losses(IReadOnlyList<KtoExample> part, Tensor policy, Tensor reference, double point)
    {
        var desirable = tensor(part.Select(example => example.Desirable).ToArray(), device: policy.device);
        var z = tensor(point, dtype: policy.dtype, device: policy.device);
        return KtoLoss.Unpaired(policy, reference, desirable, z, _loss.Beta, _loss.DesirableWeight, _loss.UndesirableWeight);
    }

    // Summed over the completions, [rows], without graph and without dropout.
    private Tensor PolicyLogProbs(TokenBatch tokens)
    {
        using var scope = NewDisposeScope();
        return _policies.PolicyLogProbs(tokens, _settings.HeadMemory).sum([1]).MoveToOuterDisposeScope();
    }

    private Tensor ReferenceLogProbs(TokenBatch tokens)
    {
        using var scope = NewDisposeScope();
        return _policies.ReferenceLogProbs(tokens, _settings.HeadMemory).sum([1]).MoveToOuterDisposeScope();
    }

    private static List<KtoOutcome> Outcomes(IReadOnlyList<KtoExample> part, Tensor losses, Tensor policy, Tensor reference)
    {
        var (loss, own, frozen) = (Numbers(losses), Numbers(policy), Numbers(reference));
        return [.. part.Select((example, row) => new KtoOutcome(example.Desirable, loss[row], own[row], frozen[row]))];
    }

    private static double[] Numbers(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    // Rewards are beta * log-ratio. A batch without desirable or without undesirable rows has no numbers of them.
    private Dictionary<string, double> Metrics(List<KtoOutcome> rows, double point)
    {
        var metrics = new Dictionary<string, double> { ["loss"] = rows.Average(row => row.Loss), ["kl"] = point };
        foreach (var kind in rows.GroupBy(row => row.Desirable ? "chosen" : "rejected"))
        {
            metrics["rewards/" + kind.Key] = _loss.Beta * kind.Average(row => row.Policy - row.Reference);
            metrics["logps/" + kind.Key] = kind.Average(row => row.Policy);
        }

        if (metrics.TryGetValue("rewards/chosen", out var chosen) && metrics.TryGetValue("rewards/rejected", out var rejected))
        {
            metrics["rewards/margins"] = chosen - rejected;
        }

        return metrics;
    }

    /// <exception cref="ReproException">There are too few rows, or a completion is empty.</exception>
    internal static void RequireRows(IReadOnlyList<KtoRow> rows, string what, KtoLossSettings loss)
    {
        if (rows.Count == 1 && loss.Kind == KtoLossKind.Kto)
        {
            throw new ReproException($"There is one {what} row; two were expected: KTO reads each prompt with another completion too.");
        }

        for (var number = 0; number < rows.Count; number++)
        {
            if (rows[number] is { Completion.Length: 0 } or { Prompt.Length: 0, Completion.Length: 1 })
            {
                throw new ReproException(Invariant($"The {what} row {number} has an empty completion; leave it out."));
            }
        }
    }

    // A row of a batch: its text, and its prompt with the completion of another row.
    private sealed record KtoExample(TokenRow Text, TokenRow Mismatched, bool Desirable);

    // What one row gave, taken before the update.
    private sealed record KtoOutcome(bool Desirable, double Loss, double Policy, double Reference);
}

/// <summary>A prompt and a completion that was judged, as tokens; they are cut when a batch is made.</summary>
/// <param name="Prompt">Token ids of the prompt, begin token and opening of the answer included.</param>
/// <param name="Completion">Token ids of the completion, its end token included.</param>
/// <param name="Desirable">Whether the completion is desirable.</param>
public sealed record KtoRow(int[] Prompt, int[] Completion, bool Desirable);

/// <summary>How KTO goes over its rows.</summary>
public sealed record KtoSettings : DatasetTrainingSettings, ICheckedSettings
{
    /// <summary>Most tokens of prompt and completion; null for any length.</summary>
    [AtLeast(1, Instead = "null is no limit")]
    public int? MaxLength { get; init; } = 1024;

    /// <summary>Where a text is too long, the last tokens of the prompt that remain; then the end of the completion is cut.</summary>
    [Within(1, 1 << 24)]
    public int MaxPromptLength { get; init; } = PairRows.DefaultMaxPromptLength;

    string? ICheckedSettings.Problem => PairRows.ProblemOfLengths(MaxLength, MaxPromptLength);
}

/// <summary>Which loss of single completions, and its numbers.</summary>
public sealed record KtoLossSettings
{
    /// <summary>Which one.</summary>
    public KtoLossKind Kind { get; init; } = KtoLossKind.Kto;

    /// <summary>How strongly the policy is held near the reference, above 0.</summary>
    [Above(0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>
    /// Weight of desirable rows. The authors ask for desirable_weight * desirable rows to undesirable_weight * undesirable rows from 1:1 to
    /// 4:3.
    /// </summary>
    [AtLeast(0)]
    public double DesirableWeight { get; init; } = 1;

    /// <summary>Weight of undesirable rows.</summary>
    [AtLeast(0)]
    public double UndesirableWeight { get; init; } = 1;
}

/// <summary>The losses of single completions, by TRL's names.</summary>
public enum KtoLossKind
{
    /// <summary>KTO: the reference point is the KL divergence of policy and reference, estimated on mismatched completions.</summary>
    Kto,

    /// <summary>APO-zero for single completions (arXiv 2408.06266): the reference point is 0.</summary>
    ApoZeroUnpaired,
}
