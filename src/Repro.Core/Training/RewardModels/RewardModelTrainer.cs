using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>Trains reward models of all kinds; what a kind scores and its loss are an <see cref="IRewardObjective{TExample}"/>.</summary>
/// <remarks>
/// The path of a step: its examples in the order of <see cref="DataOrder"/>, their texts as one batch with shared prompts
/// (<see cref="ScoredBatch"/>), forward to hidden states (<see cref="DecoderModel"/>), scores (<see cref="ScoreHead"/>), the loss of the
/// objective, such as <see cref="PreferenceObjective"/> on <see cref="Losses.RankingLoss"/>, backward (<see cref="ForwardPass"/>), clip and
/// step (<see cref="TrainingOptimizer"/>). Micro-batches add up to exactly the gradients of the whole batch.
/// </remarks>
/// <typeparam name="TExample">What one row of the data is.</typeparam>
public sealed class RewardModelTrainer<TExample> : Trainer
{
    private readonly TrainedScoreModel _model;
    private readonly IRewardObjective<TExample> _objective;
    private readonly IReadOnlyList<TExample> _training;
    private readonly IReadOnlyList<TExample> _heldOut;
    private readonly RewardTrainingSettings _settings;
    private readonly RandomStreams _streams;
    private readonly PaddingSettings _padding;
    private readonly DataOrder _order;
    private readonly TrainingState _state;

    /// <summary>Prepares the training.</summary>
    /// <param name="model">The model; it is disposed with the trainer.</param>
    /// <param name="objective">What is scored, and the loss on the scores.</param>
    /// <param name="training">Examples to train on, at least one.</param>
    /// <param name="heldOut">Examples to evaluate on; may be empty.</param>
    /// <param name="settings">How training goes over the examples.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <exception cref="ReproException">There is nothing to train on, or the settings contradict themselves.</exception>
    public RewardModelTrainer(
        TrainedScoreModel model,
        IRewardObjective<TExample> objective,
        IReadOnlyList<TExample> training,
        IReadOnlyList<TExample> heldOut,
        RewardTrainingSettings settings,
        OptimizerSettings optimizer,
        ScheduleSettings schedule,
        RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(heldOut);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(streams);
        if (training.Count == 0)
        {
            throw new ReproException("there are no rows to train on.");
        }

        if (!(settings.Epochs > 0))
        {
            throw new ReproException(Invariant($"epochs must be above 0, was {settings.Epochs}."));
        }

        (_model, _objective, _training, _heldOut, _settings, _streams) = (model, objective, training, heldOut, settings, streams);
        var pad = Math.Max(0, model.Model.Config.PadToken ?? 0);
        _padding = new PaddingSettings(pad, PaddingSide.Right, settings.PadToMultipleOf);
        _order = new DataOrder(training.Count, settings.Batch.BatchSize, epoch => streams.For(RandomStreams.DataOrder, epoch));
        _state = new TrainingState(model, optimizer, schedule, (long)Math.Ceiling(settings.Epochs * _order.StepsPerEpoch));
    }

    private protected override TrainingState State => _state;

    /// <summary>The model; the trained adapter, where there is one, is the active one.</summary>
    public ScoreModel Model => _model.Model;

    /// <inheritdoc/>
    public override StepReport Step(long step, CancellationToken cancellation)
    {
        var examples = _order.Of(step).Select(row => Checked(_training[row], "training", row)).ToList();
        var (scores, count, loss) = (new double[examples.Count][], _objective.Count(examples), 0.0);
        if (!Model.training)
        {
            Model.train();
        }

        using var update = _state.BeginStep(step);
        foreach (var (number, rows) in MicroBatches(examples).Index())
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var dropout = _model.UseDropout(_streams, step, number);
            var part = rows.Select(row => examples[row]).ToList();
            var batch = Batch(part);
            var pass = _model.Forward(batch.Ids, batch.Mask, batch.Positions, batch.First);
            var outputs = batch.Scores(Model.Head, pass.Hidden);
            var partLoss = _objective.Loss(outputs, batch.Counted, part).mul(_objective.Count(part) / count);
            partLoss.backward();
            pass.Backward();
            loss += update.RequireFinite(partLoss.detach().to(ScalarType.Float64).item<double>());
            Keep(part, rows, batch.Read(outputs), scores);
        }

        var norm = update.Apply();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = loss,
            ["gradient_norm"] = norm,
            ["learning_rate"] = _state.LearningRate(step),
        };
        foreach (var (name, value) in _objective.Metrics(examples, scores))
        {
            metrics.Add(name, value);
        }

        return new StepReport(metrics, examples.SelectMany(_objective.Texts).Sum(text => (long)text.Ids.Length));
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) =>
        _heldOut.Count > 0 ? _objective.Evaluate(_heldOut, Scores(_heldOut, cancellation), _training) : [];

    /// <summary>The outputs of the model for examples, without gradient and dropout.</summary>
    /// <param name="rows">The examples.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <returns>The outputs of each example, in the order of its texts and their positions.</returns>
    /// <exception cref="ReproException">An example is not valid.</exception>
    public IReadOnlyList<double[]> Scores(IReadOnlyList<TExample> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var examples = rows.Select((example, row) => Checked(example, "held-out", row)).ToList();
        var scores = new double[examples.Count][];
        using var inference = new EvaluationMode(Model, gradients: false);
        foreach (var numbers in MicroBatches(examples))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var part = numbers.Select(number => examples[number]).ToList();
            var batch = Batch(part);
            var outputs = batch.Scores(Model.Head, Model.Hidden(batch.Ids, batch.Mask, batch.Positions, first: batch.First));
            Keep(part, numbers, batch.Read(outputs), scores);
        }

        return scores;
    }

    private ScoredBatch Batch(List<TExample> examples) =>
        new([.. examples.Select(_objective.Texts)], _padding, Model, _settings.SharePrompts);

    // Row numbers of each micro-batch, rows of like length together: that saves padding, and no result depends on the order within a step.
    private IEnumerable<int[]> MicroBatches(List<TExample> examples)
    {
        var most = _settings.Batch.MicroBatchSize ?? _settings.Batch.BatchSize;
        var all = Enumerable.Range(0, examples.Count);
        return most >= examples.Count
            ? [[.. all]]
            : all.OrderByDescending(row => LongestText(examples[row])).Chunk(most);
    }

    private int LongestText(TExample example) => _objective.Texts(example).Max(text => text.Ids.Length);

    // The outputs of an example's texts, one after the other, in its row of the whole batch.
    private void Keep(List<TExample> part, int[] rows, List<double[]> perText, double[][] scores)
    {
        var text = 0;
        foreach (var (example, row) in part.Zip(rows))
        {
            var count = _objective.Texts(example).Count;
            scores[row] = [.. perText.Skip(text).Take(count).SelectMany(values => values)];
            text += count;
        }
    }

    private TExample Checked(TExample example, string where, int row)
    {
        var problem = _objective.Problem(example) ?? _objective.Texts(example).Select(Problem).FirstOrDefault(found => found is not null);
        return problem is null ? example : throw new ReproException(Invariant($"{where} row {row}: {problem}."));
    }

    private string? Problem(ScoredTokens text) => text switch
    {
        { Ids.Length: 0 } => "a text has no token",
        _ when text.Ids.Min() < 0 || text.Ids.Max() >= Model.Config.VocabularySize =>
            Invariant($"a token id is outside the vocabulary of {Model.Config.VocabularySize} ids"),
        { Positions.Length: 0 } => "there is no position to score",
        _ when text.Positions.Min() < 0 || text.Positions.Max() >= text.Ids.Length =>
            Invariant($"a position to score is outside the {text.Ids.Length} tokens"),
        _ => null,
    };
}

/// <summary>What makes a kind of reward model: which texts of an example are scored where, the loss on the scores, and what is reported.
/// A new kind is one class with this interface and one stage.</summary>
/// <typeparam name="TExample">What one row of the data is.</typeparam>
public interface IRewardObjective<TExample>
{
    /// <summary>What is wrong with an example, as the end of a sentence; null where nothing is.</summary>
    /// <param name="example">The example, before anything else is asked about it.</param>
    string? Problem(TExample example);

    /// <summary>The texts of an example with the positions where they are scored.</summary>
    /// <param name="example">A valid example.</param>
    IReadOnlyList<ScoredTokens> Texts(TExample example);

    /// <summary>What the loss is averaged over: pairs, rows or steps. It decides the share of a micro-batch in the whole.</summary>
    /// <param name="examples">Valid examples.</param>
    double Count(IReadOnlyList<TExample> examples);

    /// <summary>The mean loss of some examples.</summary>
    /// <param name="scores">Outputs of the score head, floating point [texts, positions]; the texts of an example are adjacent.</param>
    /// <param name="counted">True where a text has such a position, bool [texts, positions].</param>
    /// <param name="examples">The examples.</param>
    /// <returns>A scalar with graph.</returns>
    Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<TExample> examples);

    /// <summary>The metrics of a step, by name.</summary>
    /// <param name="examples">The examples of the step, at least one.</param>
    /// <param name="scores">The outputs of each, in the order of its texts and their positions.</param>
    Dictionary<string, double> Metrics(IReadOnlyList<TExample> examples, IReadOnlyList<double[]> scores);

    /// <summary>The figures of held-out examples, with those of rules that know the labels of the training examples alone.</summary>
    /// <param name="heldOut">Held-out examples, at least one.</param>
    /// <param name="scores">The outputs of each.</param>
    /// <param name="training">The training examples.</param>
    Dictionary<string, double> Evaluate(IReadOnlyList<TExample> heldOut, IReadOnlyList<double[]> scores, IReadOnlyList<TExample> training);
}

/// <summary>How the training of every kind of reward model goes over its examples.</summary>
public sealed record RewardTrainingSettings
{
    /// <summary>Examples of one step and of one forward pass; an example of a preference model is a prompt with all its replies.</summary>
    [ConfigInline]
    public required BatchSettings Batch { get; init; }

    /// <summary>How often the data are gone through; part of an epoch is rounded up to whole steps.</summary>
    [Within(0, 1e6, AboveMinimum = true, Instead = "run.maximum_steps ends a run early")]
    public double Epochs { get; init; } = 1;

    /// <summary>Batches are padded to a multiple of this.</summary>
    [Within(1, 4096)]
    public int PadToMultipleOf { get; init; } = 16;

    /// <summary>
    /// Whether the common beginning of an example's texts, the prompt, goes through the model once for all of them where that is less work.
    /// Scores and gradients are the same but for rounding; with dropout the replies to a prompt share its masks.
    /// </summary>
    public bool SharePrompts { get; init; } = true;
}
