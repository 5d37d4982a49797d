using Repro.Core.Text;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Sft;

/// <summary>Conversations as token rows.</summary>
/// <param name="Tokenizer">Its begin token, where it has one, opens each row.</param>
/// <param name="Template">Form of the turns.</param>
/// <param name="Learnt">Which tokens carry loss.</param>
public sealed record ConversationRows(TextTokenizer Tokenizer, ChatTemplate Template, LearntTokens Learnt = LearntTokens.Assistant)
{
    /// <summary>The row of a conversation.</summary>
    /// <param name="messages">The conversation.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token of the template, or the roles are out of order.</exception>
    public TokenRow Row(IReadOnlyList<ChatMessage> messages)
    {
        var tokens = Template.Encode(Tokenizer, messages);
        var row = Learnt switch
        {
            LearntTokens.Assistant => TokenRow.Of(tokens),
            LearntTokens.Everything => new TokenRow(tokens.Ids, [.. tokens.Ids.Select(_ => true)]),
            LearntTokens.TurnTags => ByTurnTags(tokens.Ids),
            _ => throw new InvalidOperationException($"{Learnt} is not known."),
        };
        return Tokenizer.Specials.Begin is { } begin && (row.Ids.Length == 0 || row.Ids[0] != begin)
            ? new TokenRow([begin, .. row.Ids], [false, .. row.Learnt])
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
