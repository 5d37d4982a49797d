using System.Text.Json.Nodes;
using Repro.Core.Batching;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// What the training of all reward models has in common: batches from the data order, passes in parts whose gradients add up to exactly
/// those of the whole batch, evaluation, export. Kinds differ in where they read scores and in the loss on them.
/// </summary>
/// <typeparam name="TExample">What one row of the data is.</typeparam>
public abstract class RewardModelTrainer<TExample> : ITrainer
{
    private readonly TrainedScoreModel _model;
    private readonly IReadOnlyList<TExample> _training;
    private readonly IReadOnlyList<TExample> _heldOut;
    private readonly RewardTrainingSettings _settings;
    private readonly RandomStreams _streams;
    private readonly PaddingSettings _padding;
    private readonly DataOrder _order;
    private readonly TrainingOptimizer _optimizer;

    private protected RewardModelTrainer(TrainedScoreModel model, IReadOnlyList<TExample> training, IReadOnlyList<TExample> heldOut, RewardTrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(heldOut);
        ArgumentNullException.ThrowIfNull(settings);
        if (!(settings.Epochs > 0) || training.Count == 0)
        {
            throw new ReproException(training.Count == 0 ? "there are no rows to train on." : Invariant($"epochs must be above 0, was {settings.Epochs}."));
        }

        (_model, _training, _heldOut, _settings) = (model, training, heldOut, settings);
        _streams = new RandomStreams(settings.Seed);
        _padding = new PaddingSettings(model.Model.Config.PadToken is { } pad and >= 0 ? pad : 0, PaddingSide.Right, settings.PadToMultipleOf);
        _order = new DataOrder(training.Count, settings.Batch.BatchSize, epoch => _streams.For(RandomStreams.DataOrder, epoch));
        TotalSteps = (long)Math.Ceiling(settings.Epochs * _order.StepsPerEpoch);
        _optimizer = new TrainingOptimizer(model.TrainedParameters(), settings.Optimizer, settings.Schedule.Factor(TotalSteps));
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <summary>The model; the trained adapter, where there is one, is the active one.</summary>
    public ScoreModel Model => _model.Model;

    /// <inheritdoc/>
    public StepReport Step(long step, CancellationToken cancellation)
    {
        var examples = _order.Of(step).Select(row => Checked(_training[row], "training", row)).ToList();
        var scores = new double[examples.Count][];
        var (whole, loss, number) = (Count(examples), 0.0, 0);
        Model.train();
        var norm = GradientStep.Run(_optimizer, step, () =>
        {
            foreach (var part in Parts(examples))
            {
                cancellation.ThrowIfCancellationRequested();
                using var dropout = _model.UseDropout(_streams, step, number++);
                loss += GradientStep.Finite(Backward(examples, part, whole, scores), step);
            }
        });
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = loss,
            ["gradient_norm"] = norm,
            ["learning_rate"] = _optimizer.LearningRate(step),
        };
        Measure(examples, scores, metrics);
        return new StepReport(metrics, examples.SelectMany(Texts).Sum(text => (long)text.Ids.Length));
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        if (_heldOut.Count > 0)
        {
            Assess(_heldOut, Scores(_heldOut, cancellation), _training, metrics);
        }

        return metrics;
    }

    /// <summary>What the model says about examples, without gradient and dropout.</summary>
    /// <param name="rows">The examples.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>The outputs of each example, in the order of its texts and their places.</returns>
    /// <exception cref="ReproException">An example is not valid.</exception>
    public IReadOnlyList<double[]> Scores(IReadOnlyList<TExample> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var examples = rows.Select((example, row) => Checked(example, "held-out", row)).ToList();
        var scores = new double[examples.Count][];
        using var inference = new EvaluationMode(Model, gradients: false);
        foreach (var part in Parts(examples))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Batch(part.Select(index => examples[index]));
            Keep(examples, part, batch.Read(batch.Scores(Model.Head, Model.Hidden(batch.Ids, batch.Mask, batch.Positions, first: batch.First))), scores);
        }

        return scores;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => _optimizer.StateTensors();

    /// <inheritdoc/>
    public JsonObject StateValues() => _optimizer.StateValues();

    /// <inheritdoc/>
    public void RestoreValues(JsonObject values) => _optimizer.RestoreValues(values);

    /// <inheritdoc/>
    public void Export(string folder) => _model.Export(folder);

    /// <summary>Frees the optimiser and the model.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the optimiser and the model.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _optimizer.Dispose();
            _model.Dispose();
        }
    }

    /// <summary>What is wrong with an example, or null.</summary>
    private protected abstract string? Fault(TExample example);

    /// <summary>The texts of an example with the places where they are scored.</summary>
    private protected abstract IReadOnlyList<ScoredTokens> Texts(TExample example);

    /// <summary>What the mean of the loss goes over: pairs, rows or steps. It decides the share of a part in the whole.</summary>
    private protected abstract double Count(IReadOnlyList<TExample> examples);

    /// <summary>The mean loss of some examples.</summary>
    /// <param name="scores">[texts, places], the texts of an example together.</param>
    /// <param name="counted">True where a text has such a place, [texts, places].</param>
    /// <param name="examples">The examples.</param>
    private protected abstract Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<TExample> examples);

    /// <summary>Adds the metrics of a step.</summary>
    private protected abstract void Measure(IReadOnlyList<TExample> examples, IReadOnlyList<double[]> scores, Dictionary<string, double> metrics);

    /// <summary>Adds the figures of held-out examples, with those of rules that look at the training examples' labels alone.</summary>
    private protected abstract void Assess(
        IReadOnlyList<TExample> examples, IReadOnlyList<double[]> scores, IReadOnlyList<TExample> training, Dictionary<string, double> metrics);

    private double Backward(List<TExample> examples, int[] part, double whole, double[][] scores)
    {
        using var scope = NewDisposeScope();
        var own = part.Select(index => examples[index]).ToList();
        var batch = Batch(own);
        var value = _model.Backward(batch.Ids, batch.Mask, hidden =>
        {
            var outputs = batch.Scores(Model.Head, hidden);
            Keep(examples, part, batch.Read(outputs), scores);
            return Loss(outputs, batch.Counted, own).mul(Count(own) / whole);
        }, batch.Positions, batch.First);
        return value.to(ScalarType.Float64).item<double>();
    }

    private ScoredBatch Batch(IEnumerable<TExample> examples) => new([.. examples.Select(Texts)], _padding, Model, _settings.SharePrompts);

    /// <summary>Cuts rows into parts, those of like length together: that saves padding, and no result depends on the order within a
    /// step.</summary>
    private IEnumerable<int[]> Parts(List<TExample> examples)
    {
        var most = _settings.Batch.MicroBatchSize ?? _settings.Batch.BatchSize;
        return most >= examples.Count
            ? [[.. Enumerable.Range(0, examples.Count)]]
            : Enumerable.Range(0, examples.Count).OrderByDescending(index => Texts(examples[index]).Max(text => text.Ids.Length)).Chunk(most);
    }

    private void Keep(List<TExample> examples, int[] part, IReadOnlyList<double[]> perText, double[][] scores)
    {
        var text = 0;
        foreach (var index in part)
        {
            var count = Texts(examples[index]).Count;
            scores[index] = [.. perText.Skip(text).Take(count).SelectMany(values => values)];
            text += count;
        }
    }

    private TExample Checked(TExample example, string where, int row)
    {
        var fault = Fault(example) ?? Texts(example).Select(text => text switch
        {
            { Ids.Length: 0 } => "a text has no token",
            _ when text.Ids.Min() < 0 || text.Ids.Max() >= Model.Config.VocabularySize => Invariant($"a token id is outside the vocabulary of {Model.Config.VocabularySize} ids"),
            { Places.Length: 0 } => "there is no place to score",
            _ when text.Places.Min() < 0 || text.Places.Max() >= text.Ids.Length => $"a place to score is outside the {text.Ids.Length} tokens",
            _ => null,
        }).FirstOrDefault(found => found is not null);
        return fault is null ? example : throw new ReproException(Invariant($"{where} row {row}: {fault}."));
    }
}

/// <summary>What the training of every kind of reward model needs to know.</summary>
public sealed record RewardTrainingSettings
{
    /// <summary>How parameters move.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>How the learning rate goes.</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Examples of one step and of one forward pass; an example of a preference model is a prompt with all its replies.</summary>
    public required BatchSettings Batch { get; init; }

    /// <summary>How often the data are gone through, above 0; part of an epoch is rounded up to whole steps.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Seed of all streams of random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>Batches are padded to a multiple of this.</summary>
    public int PadToMultipleOf { get; init; } = 16;

    /// <summary>
    /// Whether the common beginning of an example's texts, the prompt, goes through the model once for all of them where that is less work.
    /// Scores and gradients are the same but for rounding; with dropout the replies to a prompt share its masks.
    /// </summary>
    public bool SharePrompts { get; init; } = true;
}
