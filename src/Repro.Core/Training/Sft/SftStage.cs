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
public sealed class SftStage : DatasetStage<SftConfig, TokenRow>
{
    /// <inheritdoc/>
    public override string Name => "sft";

    /// <inheritdoc/>
    public override ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (SftConfig)config;
        var streams = new RandomStreams(own.Seed);
        var model = TrainedModel.Load(own.Model, streams);
        try
        {
            var (train, heldOut) = Rows(own, model, notes, cancellation);
            return new SftTrainer(model, train, heldOut, own.Training, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private protected override Workload Work(SftConfig own, IReadOnlyList<TokenRow> rows) => Work(own.Training);

    private protected override int LongestText(SftConfig own, TokenRow row) =>
        Math.Min(row.Ids.Length, own.Training.MaxLength ?? int.MaxValue);

    private protected override (IReadOnlyList<TokenRow> Train, IReadOnlyList<TokenRow> HeldOut) Read(
        SftConfig own, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var form = new ConversationRows(tokenizer, StageTemplate.Find(own.Template, own.Model, tokenizer).Template, own.LossOn);
        var (train, heldOut) = (new List<TokenRow>(), new List<TokenRow>());
        var sets = own.Data.Count > 0 ? own.Data : throw new ReproException("the list of data sets is empty; at least one was expected.");
        foreach (var set in sets)
        {
            // Plain texts have a form of their own; everything else is read as conversations.
            if (DataFormats.Detect(set, cancellation).Format.Offers<PlainText>())
            {
                var texts = StageData.Load<PlainText>([set], notes, cancellation);
                train.AddRange(Fitting(texts.Train.Rows(row => (form.Text(row.Text), row.Origin)), own.Training.MaxLength, notes));
                heldOut.AddRange(Fitting(texts.HeldOut.Rows(row => (form.Text(row.Text), row.Origin)), own.Training.MaxLength, notes));
            }
            else
            {
                var found = StageData.Load<Conversation>([set], notes, cancellation);
                train.AddRange(Fitting(found.Train.Rows(row => (form.Row(row), row.Origin)), own.Training.MaxLength, notes));
                heldOut.AddRange(Fitting(found.HeldOut.Rows(row => (form.Row(row), row.Origin)), own.Training.MaxLength, notes));
            }
        }

        return (train, heldOut);
    }

    // A conversation whose prompt fills the whole length has no token in the loss.
    private static IEnumerable<TokenRow> Fitting(IEnumerable<(TokenRow Row, Origin Origin)> rows, int? maxLength, ReadNotes notes)
    {
        var most = maxLength ?? int.MaxValue;
        foreach (var (row, origin) in rows)
        {
            if (row.Part(0, Math.Min(most, row.Ids.Length)).Predictions == 0)
            {
                notes.Add(maxLength is null ? "no token carries loss" : Invariant($"no token carries loss within max_length {most}"),
                    origin.Place);
                continue;
            }

            if (row.Ids.Length > most)
            {
                notes.Change(Invariant($"the row is longer than max_length {most} and is cut"), origin.Place);
            }

            yield return row;
        }
    }
}

/// <summary>What the file of supervised fine-tuning says.</summary>
public sealed record SftConfig : DatasetStageConfig
{
    /// <summary>Which tokens carry loss.</summary>
    public LossOn LossOn { get; init; }

    /// <summary>Batches, epochs and lengths of the training.</summary>
    [ConfigInline]
    public required SftSettings Training { get; init; }

    internal override int? LongestRow => Training.MaxLength;
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
        var tokens = Template.Encode(Tokenizer, messages, lossFrom: LossOn == LossOn.Assistant ? 0 : messages.Count);
        var row = LossOn switch
        {
            LossOn.Assistant => TokenRow.From(tokens),
            LossOn.Everything => new TokenRow(tokens.Ids, [.. tokens.Ids.Select(_ => true)]),
            LossOn.TurnTags => ByTurnTags(tokens.Ids),
            _ => throw new InvalidOperationException($"{LossOn} is not known."),
        };
        return ChatForms.BeginOf(Template, Tokenizer) is { } begin && (row.Ids.Length == 0 || row.Ids[0] != begin)
            ? new TokenRow([begin, .. row.Ids], [false, .. row.CompletionMask])
            : row;
    }

    /// <summary>The row of a conversation whose first messages may carry no loss.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <exception cref="ReproException">As for <see cref="Row(IReadOnlyList{ChatMessage})"/>.</exception>
    public TokenRow Row(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var row = Row(conversation.Messages);
        if (conversation.PromptMessages == 0 || LossOn != LossOn.Assistant)
        {
            return row;
        }

        var messages = Template.Encode(Tokenizer, conversation.Messages).Messages;
        var added = row.Ids.Length - messages.Length;
        var carries =
            row.CompletionMask.Select((carries, i) => carries && i >= added && messages[i - added] >= conversation.PromptMessages);
        return row with { CompletionMask = [.. carries] };
    }

    /// <summary>The row of a plain text: begin token where the tokenizer has one, the text, its end token where it has one. Everything
    /// carries loss.</summary>
    /// <param name="text">The text.</param>
    public TokenRow Text(string text)
    {
        int[] ids = [.. Tokenizer.EncodeIds(text, addSpecialTokens: false, specialTokensAsText: true)];
        ids = Tokenizer.Specials.End is { } end ? [.. ids, end] : ids;
        ids = Tokenizer.Specials.Begin is { } begin ? [begin, .. ids] : ids;
        return new TokenRow(ids, [.. ids.Select(_ => true)]);
    }

    private TokenRow ByTurnTags(int[] ids)
    {
        int Tag(string token) =>
            Tokenizer.IdOf(token) ?? throw new ReproException($"The tokenizer has no token '{token}', by which turns are told apart.");
        var (positions, _) = LabelMasks.ByTurnTags(ids, Tag(TurnTagTemplate.PrompterTag), Tag(TurnTagTemplate.AssistantTag));
        // The mask marks positions that predict; each predicts the token after it.
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
