using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// CRS Section 5.3: what a reward model reads and what makes its score. All checks run what reward models are trained with and what PPO
/// scores responses with.
/// </summary>
internal sealed class RewardModelInput : ISpecGroup
{
    private const int Vocabulary = 24;

    private static readonly PairTruncation Printed = new(2048, 256);

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3-truncation", Truncation),
        new("CRS-S5.3-head", Head),
        new("CRS-X-truncated-eot", CutResponse),
    ];

    /// <summary>Cuts prompt and reply to length.</summary>
    internal delegate (int[] Prompt, int[] Reply) Cut(PairTruncation limit, int[] prompt, int[] reply);

    /// <summary>Scores [rows, 1] of padded texts.</summary>
    internal delegate Tensor Scores(ScoreModel model, Tensor ids, Tensor mask);

    private static Evidence Truncation(SpecContext context)
    {
        var evidence = new ExactCheck<Cut>(531, static (limit, prompt, reply) => limit.Apply(prompt, reply), TruncationCase)
        {
            Wrong = [new("prompt cut at its end", PromptEnd), new("reply cut before the prompt", ReplyFirst)],
        }.Run(context, out var summary);
        var (longPrompt, reply) = Printed.Apply(Ids(3000), Ids(500));
        var (shortPrompt, longReply) = Printed.Apply(Ids(100), Ids(2000));
        var empty = Printed.MaxLength - shortPrompt.Length - longReply.Length;
        return evidence
            .Require("the text that a reward model reads is cut so", ReadsCutHalves())
            .Value("example_prompt_kept", longPrompt.Length)
            .Value("example_prompt_starts_at", longPrompt[0])
            .Value("example_reply_kept", reply.Length)
            .Value("example_short_prompt_kept", shortPrompt.Length)
            .Value("example_long_reply_kept", longReply.Length)
            .Reserve("remaining space", "a prompt below its minimum still holds it: of a reply of 2000 tokens after a prompt of "
                + Invariant($"{shortPrompt.Length} only {longReply.Length} remain, and {empty} of {Printed.MaxLength} places stay empty"))
            .Explain(Invariant($"{summary}. Example at 2048 and 256: of a prompt of 3000 tokens with a reply of 500 the last ")
                + Invariant($"{longPrompt.Length} tokens remain and the whole reply; of a reply of 2000 tokens after a prompt of ")
                + Invariant($"{shortPrompt.Length} the first {longReply.Length} remain, as the released code keeps ")
                + Invariant($"{Printed.MinPromptLength} places for a prompt that is shorter."));
    }

    /// <summary>Checks a pair whose prompt is cut, and one with a short prompt and a long reply.</summary>
    internal static void TruncationCase(Deviations found, Draws draws, Cut cut)
    {
        var most = draws.Integer(8, 60);
        var limit = new PairTruncation(most, draws.Integer(3, most / 2));
        Check(found, limit, Ids(most + draws.Integer(1, 30)), Ids(draws.Integer(1, 90)), cut);
        var prompt = Ids(draws.Integer(1, limit.MinPromptLength - 1));
        var (kept, reply) = Check(found, limit, prompt, Ids(most + draws.Integer(1, 30)), cut);
        found.Exactly("a prompt below its minimum leaves places empty where the reply is cut", kept.Length + reply.Length < most);
    }

    private static (int[] Prompt, int[] Reply) Check(Deviations found, PairTruncation limit, int[] prompt, int[] reply, Cut cut)
    {
        var (keptPrompt, keptReply) = cut(limit, prompt, reply);
        var room = Math.Max(limit.MinPromptLength, limit.MaxLength - reply.Length);
        found.Exactly("a prompt loses its first tokens, and keeps those that the reply leaves room for, or its minimum",
            keptPrompt.SequenceEqual(prompt.TakeLast(room)));
        found.Exactly("a reply loses its last tokens, and keeps those beyond the room of the prompt",
            keptReply.SequenceEqual(reply.Take(limit.MaxLength - room)));
        found.Exactly("both together are within the limit", keptPrompt.Length + keptReply.Length <= limit.MaxLength);
        return (keptPrompt, keptReply);
    }

    private static (int[] Prompt, int[] Reply) PromptEnd(PairTruncation limit, int[] prompt, int[] reply)
    {
        var (kept, rest) = limit.Apply(prompt, reply);
        return (prompt[..kept.Length], rest);
    }

    private static (int[] Prompt, int[] Reply) ReplyFirst(PairTruncation limit, int[] prompt, int[] reply)
    {
        int[] kept = [.. prompt.TakeLast(limit.MaxLength)];
        return (kept, reply[..Math.Min(reply.Length, limit.MaxLength - kept.Length)]);
    }

    // The ids that training builds of a long prompt are those of the uncut halves, cut.
    private static bool ReadsCutHalves()
    {
        var (tokenizer, form) = (TinyChat.Tokenizer(), new ChatMlTemplate());
        ChatMessage[] prompt = [new(ChatRole.User, string.Join(' ', Enumerable.Repeat("red blue", 10)))];
        var whole = new ScoringInput(tokenizer, form, new PairTruncation(1000, 0)).Build(prompt, "one two");
        var reply = Array.LastIndexOf(whole, tokenizer.BeginOfText!.Value);
        var (cutPrompt, cutReply) = new PairTruncation(20, 4).Apply(whole.AsSpan(0, reply), whole.AsSpan(reply));
        var cut = new ScoringInput(tokenizer, form, new PairTruncation(20, 4)).Build(prompt, "one two");
        return cut.SequenceEqual([.. cutPrompt, .. cutReply]);
    }

    private static Evidence Head(SpecContext context)
    {
        var config = TinyModels.Config(Vocabulary);
        using var model = ScoreModel.Create(config, 532, ScalarType.Float64);
        using var language = LanguageModel.Create(config, 532, ScalarType.Float64);
        var evidence = new ExactCheck<Scores>(532, static (scored, ids, mask) => scored.Scores(ids, mask),
            (found, draws, scores) => HeadCase(found, draws, model, scores))
        {
            Cases = 40,
            Wrong =
            [
                new("score of the first token", static (scored, ids, mask) => scored.TokenScores(ids, mask)[TensorIndex.Colon, 0]),
                new("score of the last column, padding or not",
                    static (scored, ids, mask) => scored.TokenScores(ids, mask)[TensorIndex.Colon, -1]),
                new("a bias of 0.1", static (scored, ids, mask) => scored.Scores(ids, mask) + 0.1),
            ],
        }.Run(context, out var summary);
        string[] Names(DecoderModel of) => [.. of.BaseParameters().Keys];
        var (gone, added) = (Names(language).Except(Names(model)).ToArray(), Names(model).Except(Names(language)).ToArray());
        var example = Example(model);
        return evidence
            .Require("of the language model only its head is gone", gone.SequenceEqual(["lm_head.weight"]), string.Join(", ", gone))
            .Require("one weight matrix with one row is added, and no bias",
                added.SequenceEqual(["score.weight"]) && model.Head.Weight.shape.SequenceEqual([1, config.HiddenSize]),
                $"{string.Join(", ", added)} of shape [{InvariantText.Join(", ", model.Head.Weight.shape)}]")
            .Value("example_score", example)
            .Explain(Invariant($"{summary}, 3 padded texts each. In a model of width {config.HiddenSize} lm_head.weight ({Vocabulary} ")
                + Invariant($"outputs) gives place to score.weight (1 output). Example: the text 1 2 3 4 5 scores {example:F6}, weight ")
                + "times hidden state of its last token.");
    }

    internal static void HeadCase(Deviations found, Draws draws, ScoreModel model, Scores scores)
    {
        using var noGrad = no_grad();
        int[] Text(int least) => [.. draws.Tokens(least + draws.Integer(0, 1), Vocabulary).Select(id => (int)id)];
        int[][] texts = [Text(3), Text(5), Text(7)];
        var batch = PaddedBatch.Pad(texts, new PaddingSettings(0));
        var given = scores(model, batch.IdTensor(), batch.MaskTensor());
        found.Exactly("one score a text", given.shape.SequenceEqual([3, 1]));
        found.Note("it is weight times hidden state of the last real token", given, [.. texts.Select(text => ByHand(model, text))]);
    }

    // The dot product in plain numbers, from the hidden state of a text without padding.
    private static double ByHand(ScoreModel model, int[] text)
    {
        using var scope = NewDisposeScope();
        var ids = tensor([.. text.Select(id => (long)id)], [1, text.Length]);
        var hidden = Deviations.Values(model.Hidden(ids, ones_like(ids))[0, -1]);
        return hidden.Zip(Deviations.Values(model.Head.Weight), (h, w) => h * w).Sum();
    }

    private static double Example(ScoreModel model)
    {
        using var noGrad = no_grad();
        return ByHand(model, [1, 2, 3, 4, 5]);
    }

    private static Evidence CutResponse(SpecContext context)
    {
        var tokenizer = TinyChat.Tokenizer();
        var read = RewardInput.AsChat(new ScoringInput(tokenizer, new ChatMlTemplate(), Printed));
        using var model = ScoreModel.Create(TinyModels.Config(tokenizer.IdLimit) with { MaximumPositions = 1024 }, 533);
        var evidence = new ExactCheck<Func<Rollout, IReadOnlyList<long>>>(533, read,
            (found, draws, text) => CutResponseCase(found, draws, tokenizer, model, text))
        {
            Cases = 50,
            Wrong =
            [
                new("ids as they were sampled", RewardInput.AsSampled),
                new("end tag only where it was generated", rollout => rollout.Ended ? read(rollout) : [.. read(rollout).SkipLast(2)]),
            ],
        }.Run(context, out var summary);
        var words = tokenizer.EncodeIds(string.Join(' ', Enumerable.Repeat("red", 600)), addSpecialTokens: false);
        var (cut, ended) = Rollouts(tokenizer, [new(ChatRole.User, "why")], tokenizer.DecodeIds(words[..512]));
        return evidence
            .Value("example_response_tokens", cut.Response.Count)
            .Value("example_text_ends_with", TinyChat.Show(tokenizer, read(cut).TakeLast(3).Select(id => (int)id)))
            .Require("the example, cut at 512 tokens, is read as if it had ended",
                cut.Response.Count == 512 && read(cut).SequenceEqual(read(ended)))
            .Explain(Invariant($"{summary}. Example: a response of 512 tokens without an end tag is read with one; its score is that of ")
                + "the same words with the end tag generated. The released code appends the tag to the decoded text; here it is appended "
                + "by id.");
    }

    internal static void CutResponseCase(
        Deviations found, Draws draws, TextTokenizer tokenizer, ScoreModel model, Func<Rollout, IReadOnlyList<long>> text)
    {
        var (cut, ended) = Rollouts(tokenizer, [new(ChatRole.User, TinyChat.Text(draws))], TinyChat.Text(draws, 12));
        long end = tokenizer.IdOf(ChatMlTemplate.EndToken)!.Value;
        found.Exactly("a cut response has no end tag", !cut.Response.Contains(end) && ended.Response[^1] == end);
        found.Exactly("the text that is scored ends with end tag and line break",
            tokenizer.DecodeIds(text(cut).Select(id => (int)id)).EndsWith(ChatMlTemplate.EndToken + "\n", StringComparison.Ordinal));
        double Score(Rollout rollout) => new ModelReward(model, text).Score([rollout], CancellationToken.None).Total[0];
        found.Exactly("its score is bit for bit that of the same words with an end tag", Score(cut).Equals(Score(ended)));
    }

    // The same words, once cut and once ended by the end tag.
    private static (Rollout Cut, Rollout Ended) Rollouts(TextTokenizer tokenizer, IReadOnlyList<ChatMessage> prompt, string response)
    {
        long[] promptIds = [.. ChatForms.PromptIds(new ChatMlTemplate(), tokenizer, prompt).Select(id => (long)id)];
        var asked = new RolloutPrompt(promptIds) { Messages = prompt };
        long[] ids = [.. tokenizer.EncodeIds(response, addSpecialTokens: false, specialTokensAsText: true).Select(id => (long)id)];
        return (new Rollout(asked, ids, false) { Text = response },
            new Rollout(asked, [.. ids, tokenizer.IdOf(ChatMlTemplate.EndToken)!.Value], true) { Text = response });
    }

    private static int[] Ids(int count) => [.. Enumerable.Range(0, count)];
}
