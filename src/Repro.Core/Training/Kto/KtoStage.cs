using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Kto;

/// <summary>KTO on completions that were judged one by one, from a file of settings. The reference is the model as it is before
/// training.</summary>
public sealed class KtoStage : DatasetStage<KtoConfig, KtoRow>
{
    /// <inheritdoc/>
    public override string Name => "kto";

    /// <inheritdoc/>
    public override ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (KtoConfig)config;
        var streams = new RandomStreams(own.Seed);
        var policies = PolicyPair.Load(own.Model, streams);
        try
        {
            var (train, heldOut) = Rows(own, policies.Policy, notes, cancellation);
            return new KtoTrainer(policies, train, heldOut, own.Training, own.Loss, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            policies.Dispose();
            throw;
        }
    }

    private protected override Workload Work(KtoConfig own, IReadOnlyList<KtoRow> rows) => Work(own.Training) with
    {
        // The reference reads each text, and for the reference point both read each prompt with another completion.
        ForwardPasses = own.Loss.Kind == KtoLossKind.Kto ? 3 : 1,
        Models = PolicyPair.SharesWeights(own.Model) ? 1 : 2,
    };

    private protected override int LongestText(KtoConfig own, KtoRow row) =>
        Math.Min(row.Prompt.Length + row.Completion.Length, own.Training.MaxLength ?? int.MaxValue);

    private protected override void Check(KtoConfig own, PlanBuilder plan) => plan.Check("max_prompt_length", () =>
    {
        PairRows.CheckLengths(own.Training.MaxLength, own.Training.MaxPromptLength);
        return (own, Invariant($"{own.Training.MaxPromptLength} tokens where a text is too long"));
    });

    private protected override string Finding(KtoConfig own, IReadOnlyList<KtoRow> train, IReadOnlyList<KtoRow> heldOut)
    {
        KtoTrainer.RequireRows(train, "training", own.Loss);
        KtoTrainer.RequireRows(heldOut, "held-out", own.Loss);
        var desirable = train.Count(row => row.Desirable);
        var finding = Invariant($"{train.Count:N0} {InvariantText.Noun(train.Count, "row")} to train on, ")
            + Invariant($"{desirable:N0} desirable and {train.Count - desirable:N0} not");
        return Invariant($"{finding}, {heldOut.Count:N0} held out");
    }

    private protected override (IReadOnlyList<KtoRow> Train, IReadOnlyList<KtoRow> HeldOut) Read(
        KtoConfig own, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var form = new PairRows(tokenizer, StageTemplate.Find(own.Template, own.Model, tokenizer).Template);
        var (train, heldOut) = StageData.Load<UnpairedPreference>(own.Data, notes, cancellation);
        RequireTwo(train, "training", own.Loss);
        RequireTwo(heldOut, "held-out", own.Loss);
        KtoRow Row(UnpairedPreference row)
        {
            var (prompt, completion) = form.Split(row.Prompt, row.Completion);
            if (prompt.Length + completion.Length > own.Training.MaxLength)
            {
                notes.Change(Invariant($"the row is longer than max_length {own.Training.MaxLength} and is cut"), row.Origin.Place);
            }

            return new KtoRow(prompt, completion, row.Label);
        }

        return ([.. train.Rows(Row)], [.. heldOut.Rows(Row)]);
    }

    private static void RequireTwo(IReadOnlyList<UnpairedPreference> rows, string what, KtoLossSettings loss)
    {
        if (rows is [var only] && loss.Kind == KtoLossKind.Kto)
        {
            throw new ReproException(
                $"{only.Origin.Place}: this is the only {what} row; two were expected: KTO reads each prompt with another completion too.");
        }
    }
}

/// <summary>What the file of KTO says.</summary>
public sealed record KtoConfig : DatasetStageConfig
{
    /// <summary>The loss of a row.</summary>
    public KtoLossSettings Loss { get; init; } = new();

    /// <summary>Batches, epochs and lengths of the training.</summary>
    [ConfigInline]
    public required KtoSettings Training { get; init; }

    internal override int? LongestRow => Training.MaxLength;
}
