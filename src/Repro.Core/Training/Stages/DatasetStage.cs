using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;

namespace Repro.Core.Training.Stages;

/// <summary>A stage that trains on given rows, from a file of settings. What all of them have in common is here: the plan, and that the
/// model can read the rows. What differs: how records become rows, how long a row is, and which trainer takes them.</summary>
/// <typeparam name="TConfig">The settings.</typeparam>
/// <typeparam name="TRow">What one row is, as tokens.</typeparam>
public abstract class DatasetStage<TConfig, TRow> : IStage
    where TConfig : DatasetStageConfig
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public Type ConfigType => typeof(TConfig);

    /// <inheritdoc/>
    public abstract ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation);

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (TConfig)config;
        var plan = new PlanBuilder(own, Shapes);
        Check(own, plan);
        plan.Template(own.Template);
        var rows = plan.Data(own.Data, tokenizer =>
        {
            var (train, heldOut) = FittingRows(own, plan.Model!, tokenizer, plan.Notes, cancellation);
            return (train, Finding(own, train, heldOut));
        });
        return plan.Build(rows, row => Tokens(own, row), Work(own, rows));
    }

    /// <summary>Loads names and shapes of the model that is trained.</summary>
    /// <exception cref="ReproException">Loading it would fail.</exception>
    private protected virtual TrainedDecoder Shapes(ModelSettings model) => TrainedModel.Shapes(model);

    /// <summary>The rows of the data sets for a loaded model; its template is set to that of the settings.</summary>
    /// <exception cref="ReproException">The data are not valid, or a row is longer than the model can read.</exception>
    private protected (IReadOnlyList<TRow> Train, IReadOnlyList<TRow> HeldOut) Rows(
        TConfig own, TrainedDecoder model, ReadNotes notes, CancellationToken cancellation)
    {
        model.UseTemplate(own.Template);
        return FittingRows(own, model.Body.Config, model.Tokenizer, notes, cancellation);
    }

    /// <summary>Makes rows of the records of the data sets.</summary>
    private protected abstract (IReadOnlyList<TRow> Train, IReadOnlyList<TRow> HeldOut) Read(
        TConfig own, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation);

    /// <summary>Tokens of the longest text of a row, after cutting.</summary>
    private protected abstract int LongestText(TConfig own, TRow row);

    /// <summary>Tokens of all texts of a row.</summary>
    private protected virtual int Tokens(TConfig own, TRow row) => LongestText(own, row);

    /// <summary>What a step does.</summary>
    /// <param name="own">The settings.</param>
    /// <param name="rows">To train on; none where they could not be read.</param>
    private protected abstract Workload Work(TConfig own, IReadOnlyList<TRow> rows);

    /// <summary>What a step of a language model does.</summary>
    private protected static Workload Work(DatasetTrainingSettings settings) => new()
    {
        BatchSize = settings.Batch.BatchSize,
        MicroBatchSize = settings.Batch.MicroBatchSize,
        Epochs = settings.Epochs,
        HeadMemory = settings.HeadMemory,
    };

    /// <summary>What a plan checks before it reads the data.</summary>
    private protected virtual void Check(TConfig own, PlanBuilder plan)
    {
    }

    /// <summary>One line of the plan on the rows.</summary>
    /// <exception cref="ReproException">They cannot be trained on.</exception>
    private protected virtual string Finding(TConfig own, IReadOnlyList<TRow> train, IReadOnlyList<TRow> heldOut) =>
        Invariant($"{train.Count:N0} {InvariantText.Noun(train.Count, "row")} to train on, {heldOut.Count:N0} held out");

    private (IReadOnlyList<TRow> Train, IReadOnlyList<TRow> HeldOut) FittingRows(
        TConfig own, ModelConfig model, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var (train, heldOut) = Read(own, tokenizer, notes, cancellation);
        if (train.Count == 0)
        {
            throw new ReproException(
                $"data: there is nothing to train on in {string.Join(", ", own.Data.Select(set => set.Path))}"
                    + (heldOut.Count > 0 ? Invariant($"; rows that are held out: {heldOut.Count}.") : "."));
        }

        TextLengths.Check(model, own.LongestRow, train.Concat(heldOut), row => LongestText(own, row), "lower max_length");
        return (train, heldOut);
    }
}

/// <summary>What the files of all stages say that train on given rows.</summary>
public abstract record DatasetStageConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written: one of the names or a file with a Jinja template; null for the model's own template, or
    /// <c>chatml</c> where it has none.</summary>
    [ConfigPath(OrNameOf = typeof(ChatForm))]
    public string? Template { get; init; }

    /// <summary>Tokens that a text of a row is cut to; null for any length.</summary>
    internal abstract int? LongestRow { get; }
}
