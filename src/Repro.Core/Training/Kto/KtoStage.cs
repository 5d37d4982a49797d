using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Kto;

/// <summary>KTO on completions that were judged one by one, from a file of settings. The reference is the model as it is before
/// training.</summary>
public sealed class KtoStage : IStage
{
    /// <inheritdoc/>
    public string Name => "kto";

    /// <inheritdoc/>
    public Type ConfigType => typeof(KtoConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (KtoConfig)config;
        var streams = new RandomStreams(own.Seed);
        var policies = PolicyPair.Load(own.Model, streams);
        try
        {
            policies.Policy.UseTemplate(own.Template);
            var (train, heldOut) = Rows(own, policies.Policy.Tokenizer, notes, cancellation);
            CheckLengths(own, policies.Policy.Language.Config, train.Concat(heldOut));
            return new KtoTrainer(policies, train, heldOut, own.Training, own.Loss, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            policies.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (KtoConfig)config;
        var plan = new PlanBuilder(own);
        plan.Check("max_prompt_length", () =>
        {
            PairRows.CheckLengths(own.Training.MaxLength, own.Training.MaxPromptLength);
            return (own, Invariant($"{own.Training.MaxPromptLength} tokens where a text is too long"));
        });
        plan.Template(own.Template);
        var rows = plan.Data(tokenizer =>
        {
            var (train, heldOut) = Rows(own, tokenizer, plan.Notes, cancellation);
            CheckLengths(own, plan.Model!, train.Concat(heldOut));
            var desirable = Desirable(train);
            KtoTrainer.RequireRows(train, "training", own.Loss);
            KtoTrainer.RequireRows(heldOut, "held-out", own.Loss);
            var finding = Invariant($"{train.Count:N0} rows to train on, {desirable:N0} desirable and {train.Count - desirable:N0} not");
            return (train, Invariant($"{finding}, {heldOut.Count:N0} held out"));
        });
        var most = own.Training.MaxLength ?? int.MaxValue;
        var shared = (own.Model.Lora is not null || own.Model.Adapter is not null) && own.Model.TrainedWhole.Count == 0;
        return plan.Build(rows, row => Math.Min(row.Prompt.Length + row.Completion.Length, most), new Workload
        {
            BatchSize = own.Training.Batch.BatchSize,
            MicroBatchSize = own.Training.Batch.MicroBatchSize,
            Epochs = own.Training.Epochs,
            // The reference reads each text, and for the reference point both read each prompt with another completion.
            ForwardPasses = own.Loss.Kind == KtoLossKind.Kto ? 3 : 1,
            HeadMemory = own.Training.HeadMemory,
            Models = shared ? 1 : 2,
        });
    }

    private static int Desirable(IReadOnlyList<KtoRow> rows) => rows.Count(row => row.Desirable);

    private static void CheckLengths(KtoConfig own, ModelConfig model, IEnumerable<KtoRow> rows)
    {
        var most = own.Training.MaxLength ?? int.MaxValue;
        TextLengths.Check(model, own.Training.MaxLength, rows, row => Math.Min(row.Prompt.Length + row.Completion.Length, most), "lower max_length");
    }

    private static (IReadOnlyList<KtoRow> Train, IReadOnlyList<KtoRow> HeldOut) Rows(
        KtoConfig own, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var form = new PairRows(tokenizer, StageTemplate.Of(own.Template, own.Model, tokenizer).Template);
        var (train, heldOut) = StageData.Load<UnpairedPreference>(own.Data, notes, cancellation);
        KtoRow Row(UnpairedPreference row)
        {
            var (prompt, completion) = form.Split(row.Prompt, row.Completion);
            if (prompt.Length + completion.Length > own.Training.MaxLength)
            {
                notes.Change(Invariant($"the row is longer than max_length {own.Training.MaxLength} and is cut"), row.Origin.Place);
            }

            return new KtoRow(prompt, completion, row.Label);
        }

        return ([.. train.Select(Row)], [.. heldOut.Select(Row)]);
    }
}

/// <summary>What the file of KTO says.</summary>
public sealed record KtoConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written; null for the model's own template, or <c>chatml</c> where it has none.</summary>
    public ChatForm? Template { get; init; }

    /// <summary>The loss of a row.</summary>
    public KtoLossSettings Loss { get; init; } = new();

    /// <summary>Batches, epochs and lengths of the training.</summary>
    [ConfigInline]
    public required KtoSettings Training { get; init; }
}
