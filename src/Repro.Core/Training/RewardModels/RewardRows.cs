using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;

namespace Repro.Core.Training.RewardModels;

/// <summary>Makes tokens of records, as reward models read them.</summary>
internal sealed class RewardRows
{
    private readonly TextTokenizer _tokenizer;
    private readonly ScoringInput _input;
    private readonly PairTruncation _length;
    private readonly ChatTemplate _template;
    private readonly ReadNotes _notes;

    /// <summary>Takes what is needed.</summary>
    /// <param name="tokenizer">That of the model.</param>
    /// <param name="config">The settings of the stage.</param>
    /// <param name="notes">Takes which rows were cut.</param>
    internal RewardRows(TextTokenizer tokenizer, RewardModelConfig config, ReadNotes notes)
    {
        _notes = notes;
        (_tokenizer, _length) = (tokenizer, config.Length);
        _template = StageTemplate.Find(config.Template, config.Model, tokenizer).Template;
        _input = new ScoringInput(tokenizer, _template, config.Length);
    }

    internal RankedExample Ranked(PreferenceGroup group)
    {
        var texts = group.Replies.Select(reply => _input.Encode(group.Prompt, reply.Text)).ToList();
        NoteCut(texts.Exists(text => text.WasCut), group.Origin);
        return new RankedExample([.. texts.Select(text => text.Ids)], [.. group.Replies.Select(reply => ReplyLength(reply.Text))])
        {
            Ranks = [.. group.Replies.Select(reply => reply.Rank)],
        };
    }

    internal RatedExample Rated(RatedReply row)
    {
        var (ids, wasCut) = _input.Encode(row.Prompt, row.Reply);
        NoteCut(wasCut, row.Origin);
        var score = row.Score ?? throw new ReproException($"{row.Origin}: the reply has no score.");
        return new RatedExample(ids, score, Math.Min(ReplyLength(row.Reply), ids.Length))
        {
            Weight = row.Weight,
            Group = Prompt(row.Prompt),
        };
    }

    /// <summary>A solution with the last token of each rated step as a place; each step ends with a line break, so that its end is a token
    /// of its own.</summary>
    internal SteppedExample Stepped(StepwiseSolution solution, double neutral)
    {
        var ids = new List<int>(ChatForms.PromptIds(_template, _tokenizer, solution.Prompt));
        var ends = new List<int>();
        var labels = new List<double>();
        foreach (var step in solution.Steps)
        {
            ids.AddRange(_tokenizer.EncodeIds(step.Text + "\n", addSpecialTokens: false, specialTokensAsText: true));
            if (step.Rating is { } rating && ids.Count <= _length.MaxLength)
            {
                ends.Add(ids.Count - 1);
                labels.Add(rating > 0 ? 1 : rating < 0 ? 0 : neutral);
            }
        }

        return new SteppedExample([.. ids.Take(_length.MaxLength)], [.. ends], [.. labels]);
    }

    /// <summary>A whole solution that is right or wrong.</summary>
    internal RatedExample Outcome(StepwiseSolution solution)
    {
        var text = string.Join('\n', solution.Steps.Select(step => step.Text));
        return Rated(
            new RatedReply(solution.Origin, solution.Prompt, text, new Dictionary<string, double>(), solution.IsRight == true ? 1 : 0));
    }

    // The group of the data set may be a whole tree of messages, whose replies belong to several prompts.
    private static string Prompt(IEnumerable<ChatMessage> prompt) =>
        Origin.GroupOf(string.Concat(prompt.Select(message => $"{ChatTemplate.NameOf(message.Role)}\u001F{message.Content}\u001E")));

    private void NoteCut(bool wasCut, Origin origin)
    {
        if (wasCut)
        {
            _notes.Change(Invariant($"prompt and reply are longer than max_length {_length.MaxLength} and are cut"), origin.Place);
        }
    }

    private int ReplyLength(string reply) =>
        Math.Max(1, _tokenizer.EncodeIds(reply, addSpecialTokens: false, specialTokensAsText: true).Length);
}
