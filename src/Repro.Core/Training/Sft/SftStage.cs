using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Sft;

/// <summary>Supervised fine-tuning from a file of settings.</summary>
public sealed class SftStage : IStage
{
    /// <inheritdoc/>
    public string Name => "sft";

    /// <inheritdoc/>
    public Type ConfigType => typeof(SftConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (SftConfig)config;
        var streams = new RandomStreams(own.Seed);
        var model = TrainedModel.Load(own.Model, streams);
        try
        {
            var (train, heldOut, _) = Rows(own, model.Tokenizer, cancellation);
            return new SftTrainer(model, train, heldOut, own.Training, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (SftConfig)config;
        var plan = new PlanBuilder(own);
        var rows = plan.Data(tokenizer =>
        {
            var found = Rows(own, tokenizer, cancellation);
            return (found.Train, Invariant($"{found.Train.Count:N0} rows to train on, {found.HeldOut.Count:N0} held out, ")
                + Invariant($"{found.LeftOut:N0} without anything to learn in their length left out"));
        });
        return plan.Build(rows, row => Math.Min(row.Ids.Length, own.Training.MaxLength ?? int.MaxValue), new Workload
        {
            BatchSize = own.Training.Batch.BatchSize,
            MicroBatchSize = own.Training.Batch.MicroBatchSize,
            Epochs = own.Training.Epochs,
            HeadMemory = own.Training.HeadMemory,
        });
    }

    // A dialogue whose prompt fills the whole length leaves nothing to learn.
    private static (IReadOnlyList<TokenRow> Train, IReadOnlyList<TokenRow> HeldOut, int LeftOut) Rows(
        SftConfig own, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var (train, heldOut) = StageData.Load<Conversation>(own.Data, cancellation);
        var form = new ConversationRows(tokenizer, ChatForms.Template(own.Template), own.LossOn);
        var (rows, held) = (Fitting(train, form, own.Training.MaxLength), Fitting(heldOut, form, own.Training.MaxLength));
        return (rows, held, train.Count + heldOut.Count - rows.Count - held.Count);
    }

    private static List<TokenRow> Fitting(IReadOnlyList<Conversation> conversations, ConversationRows form, int? maxLength)
    {
        var rows = conversations.Select(conversation => form.Row(conversation.Messages));
        return [.. rows.Where(row => row.Part(0, Math.Min(maxLength ?? int.MaxValue, row.Ids.Length)).Predictions > 0)];
    }
}

/// <summary>What the file of supervised fine-tuning says.</summary>
public sealed record SftConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>Which tokens carry loss.</summary>
    public LossOn LossOn { get; init; }

    /// <summary>How training goes over the rows.</summary>
    [ConfigInline]
    public required SftSettings Training { get; init; }
}

/// <summary>Conversations as token rows.</summary>
/// <param name="Tokenizer">Its begin token, where it has one, opens each row.</param>
/// <param name="Template">Form of the turns.</param>
/// <param name="LossOn">Which tokens carry loss.</param>
public sealed record ConversationRows(TextTokenizer Tokenizer, ChatTemplate Template, LossOn LossOn = LossOn.Assistant)
{
    /// <summary>The row of a conversation.</summary>
    /// <param name="messages">The conversation.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token of the template, or the roles are out of order.</exception>
    public TokenRow Row(IReadOnlyList<ChatMessage> messages)
    {
        var tokens = Template.Encode(Tokenizer, messages);
        var row = LossOn switch
        {
            LossOn.Assistant => TokenRow.Of(tokens),
            LossOn.Everything => new TokenRow(tokens.Ids, [.. tokens.Ids.Select(_ => true)]),
            LossOn.TurnTags => ByTurnTags(tokens.Ids),
            _ => throw new InvalidOperationException($"{LossOn} is not known."),
        };
        return Tokenizer.BeginOfText is { } begin && (row.Ids.Length == 0 || row.Ids[0] != begin)
            ? new TokenRow([begin, .. row.Ids], [false, .. row.CompletionMask])
            : row;
    }

    private TokenRow ByTurnTags(int[] ids)
    {
        int Tag(string token) => Tokenizer.IdOf(token) ?? throw new ReproException($"The tokenizer has no token '{token}', by which turns are told apart.");
        var (positions, _) = LabelMasks.ByTurnTags(ids, Tag(TurnTagTemplate.PrompterTag), Tag(TurnTagTemplate.AssistantTag));
        // The mask lies over the positions that predict; the token that each predicts stands one place further on.
        return new TokenRow(ids, [false, .. positions.Take(ids.Length - 1).Select(flag => flag != 0)]);
    }
}

/// <summary>Which tokens of a conversation carry loss.</summary>
public enum LossOn
{
    /// <summary>What the assistant writes, end tokens included.</summary>
    Assistant,

    /// <summary>All.</summary>
    Everything,

    /// <summary>
    /// As the released supervised stages do (CRS Section 5.2): the mask lies over positions from the assistant's tag to its end token, so
    /// that the tag of the next turn carries loss too. For the template with turn tags.
    /// </summary>
    TurnTags,
}
