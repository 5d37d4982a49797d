using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Sft;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// CRS Section 5.2 and Figure 15: how a conversation becomes tokens, which of them carry loss, and how it is cut. All checks run what
/// <see cref="SftStage"/> makes its rows with.
/// </summary>
internal sealed class SupervisedConversations : ISpecGroup
{
    private const int Prompter = 1;
    private const int Assistant = 2;
    private const int End = 3;
    private const int FirstWord = 4;
    private const int Words = 12;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.2-truncation", Truncation),
        new("CRS-S5.2-mask", Mask),
        new("CRS-S5.2-tokens-range", Range),
        new("CRS-F15-template", Template),
    ];

    /// <summary>The stretch of a thread that remains.</summary>
    /// <param name="limit">Most tokens, and how often the window lies at a random place.</param>
    /// <param name="length">Tokens of the thread.</param>
    /// <param name="random">Source of the choice.</param>
    internal delegate (int Start, int End) Window(WindowTruncation limit, int length, Random random);

    /// <summary>The loss mask over positions and the tokens that they predict, from ids.</summary>
    internal delegate (byte[] Mask, int[] Targets) MaskOfTags(int[] ids);

    /// <summary>The row of a thread in a form.</summary>
    internal delegate TokenRow RowOf(ConversationRows rows, IReadOnlyList<ChatMessage> thread);

    private static Evidence Truncation(SpecContext context)
    {
        var evidence = new ExactCheck<Window>(521, static (limit, length, random) => limit.Choose(length, random), TruncationCase)
        {
            Wrong = [new("the window never reaches the end of the thread", NeverAtTheEnd), new("keeps the last tokens", KeepsTheLast)],
        }.Run(context, out var summary);
        var random = new Random(521);
        var starts = Enumerable.Range(0, 1400).Select(_ => new WindowTruncation(4).Choose(10, random).Start).CountBy(start => start)
            .OrderBy(start => start.Key).ToList();
        var step = Train([.. Enumerable.Range(0, 3).Select(_ => new TokenRow(Counted(10), [.. Enumerable.Repeat(true, 10)]))], 4);
        return evidence
            .Value("example_windows_by_start", string.Join(", ", starts.Select(s => Invariant($"{s.Key}: {s.Value}"))))
            .Value("example_tokens_of_a_step", step["tokens"])
            .Require("a training step has no more tokens than the limit allows", step["tokens"] <= 3 * 4)
            .Explain(Invariant($"{summary}. Example: of a thread of 10 tokens at a limit of 4, {starts[0].Value} of 1400 windows are the ")
                + Invariant($"first 4 tokens, and {starts[1..].Min(s => s.Value)} to {starts[1..].Max(s => s.Value)} lie at each of ")
                + Invariant($"{starts.Count - 1} other places; a step on 3 such threads trains on {step["tokens"]} tokens. The text says ")
                + "only that long threads are cut; the random window is in the released code.");
    }

    internal static void TruncationCase(Deviations found, Draws draws, Window window)
    {
        var most = draws.Integer(2, 20);
        var (within, beyond) = (draws.Integer(1, most), most + draws.Integer(1, 20));
        var random = new Random(draws.Integer(0, int.MaxValue - 1));
        found.Exactly("a thread within the limit stays whole", window(new WindowTruncation(most), within, random) == (0, within));
        found.Exactly("without random windows the first tokens remain", window(new WindowTruncation(most, 0), beyond, random) == (0, most));
        var places = beyond - most + 1;
        var windows = Enumerable.Range(0, 30 * places).Select(_ => window(new WindowTruncation(most, 1), beyond, random)).ToList();
        found.Exactly("a random window has as many tokens as the limit", windows.TrueForAll(w => w.End - w.Start == most));
        found.Exactly("it lies at every place of the thread, and only there",
            windows.Select(w => w.Start).Distinct().Order().SequenceEqual(Enumerable.Range(0, places)));
    }

    private static (int Start, int End) NeverAtTheEnd(WindowTruncation limit, int length, Random random)
    {
        var (start, end) = limit.Choose(length, random);
        return end == length && start > 0 ? (start - 1, end - 1) : (start, end);
    }

    private static (int Start, int End) KeepsTheLast(WindowTruncation limit, int length, Random random) =>
        limit.Choose(length, random) is var (start, end) && start == 0 && end < length ? (length - end, length) : (start, end);

    private static Evidence Mask(SpecContext context)
    {
        var tokens = new TokenCounts();
        var evidence = new ExactCheck<MaskOfTags>(522, static ids => LabelMasks.ByTurnTags(ids, Prompter, Assistant),
            (found, draws, mask) => MaskCase(found, draws, mask, tokens))
        {
            Wrong = [new("mask one token late", OneLate), new("odd and even messages exchanged", OtherMessages)],
        }.Run(context, out var summary);
        var (tags, all) = tokens.First(IdentityCases.Count);
        var tokenizer = TinyChat.Tokenizer();
        var rows = new ConversationRows(tokenizer, new TurnTagTemplate(), LossOn.TurnTags);
        var row = rows.Row(Example);
        return evidence
            .RequireWithin("the loss that training reports is the mean over the tokens of the mask", LossDifference(tokenizer, row), 1e-12)
            .Sample("tokens in the loss", all)
            .Value("tags_of_the_next_turn_in_the_loss", tags)
            .Value("example_thread", Show(tokenizer, row.Ids))
            .Value("example_tokens_in_the_loss", InLoss(tokenizer, row))
            .Reserve("tag of the next turn", Invariant($"the released mask ends one token later than the answer: {tags} of {all} tokens ")
                + "in the loss are the tag that opens the user's next turn; threads with one answer have none")
            .Explain(Invariant($"{summary}, threads of 1 to 4 answers each. Nothing that a user wrote carries loss, but the released ")
                + Invariant($"mask lies over positions, so that the end of an answer predicts the tag of the next turn: {tags} of {all} ")
                + Invariant($"tokens in the loss. Example: of {Show(tokenizer, row.Ids)} these carry loss: {InLoss(tokenizer, row)}."));
    }

    /// <summary>Checks one thread of raw ids, whose messages are known because the case wrote them.</summary>
    internal static void MaskCase(Deviations found, Draws draws, MaskOfTags function, TokenCounts counts)
    {
        var (ids, part) = (new List<int>(), new List<Part>());
        void Add(int id, Part of)
        {
            ids.Add(id);
            part.Add(of);
        }

        var answers = draws.Integer(1, 4);
        for (var message = 0; message < 2 * answers; message++)
        {
            var answer = message % 2 == 1;
            Add(answer ? Assistant : Prompter, answer ? Part.AnswerTag : message == 0 ? Part.FirstTag : Part.NextTag);
            for (var word = draws.Integer(1, 6); word > 0; word--)
            {
                Add(FirstWord + draws.Integer(0, Words - 1), answer ? Part.Answer : Part.Question);
            }

            Add(End, answer ? Part.Answer : Part.Question);
        }

        var (mask, targets) = function([.. ids]);
        var predicted = Enumerable.Range(0, ids.Count - 1).Where(place => mask[place] == 1).Select(place => place + 1).ToList();
        found.Exactly("a position predicts the next token, and the last position none",
            targets.SequenceEqual([.. ids.Skip(1), ids[^1]]) && mask[^1] == 0);
        found.Exactly("every token of an answer carries loss, its end tag too",
            Enumerable.Range(0, ids.Count).Where(i => part[i] == Part.Answer).All(predicted.Contains));
        found.Exactly("nothing of a question carries loss, nor the tag that opens an answer",
            predicted.TrueForAll(i => part[i] is Part.Answer or Part.NextTag));
        counts.Add(predicted.Count(i => part[i] == Part.NextTag), predicted.Count);
    }

    private static (byte[] Mask, int[] Targets) OneLate(int[] ids)
    {
        var (mask, targets) = LabelMasks.ByTurnTags(ids, Prompter, Assistant);
        return ([0, .. mask[..^1]], targets);
    }

    private static (byte[] Mask, int[] Targets) OtherMessages(int[] ids)
    {
        var (mask, targets) = LabelMasks.ByTurnTags(ids, Prompter, Assistant);
        return ([.. mask.Select((flag, i) => i == mask.Length - 1 ? (byte)0 : (byte)(1 - flag))], targets);
    }

    private static Evidence Range(SpecContext context)
    {
        var tokenizer = TinyChat.Tokenizer();
        Form[] forms =
        [
            new("ChatML", new(tokenizer, new ChatMlTemplate()), "<|im_start|>assistant\n", "<|im_end|>", string.Empty),
            new("released tags", new(tokenizer, new TurnTagTemplate(), LossOn.TurnTags), "<|assistant|>", "</s>", "<|prompter|>"),
        ];
        var evidence = new ExactCheck<RowOf>(523, static (rows, thread) => rows.Row(thread),
            (found, draws, row) => RangeCase(found, TinyChat.Thread(draws), forms, row))
        {
            Wrong = [new("opening tag inside the loss", WithOpening), new("mask one token late", Later)],
        }.Run(context, out var summary);
        var (figure, released) = (forms[0].Rows.Row(Example), forms[1].Rows.Row(Example));
        return evidence
            .Value("example_thread", Show(tokenizer, figure.Ids))
            .Value("example_tokens_in_the_loss", InLoss(tokenizer, figure))
            .Value("example_tokens_in_the_loss_released_tags", InLoss(tokenizer, released))
            .Reserve("end of the range", "in the form of Figure 15; the released supervised stages have other tags, and their mask goes "
                + "on to the tag of the next turn where one follows")
            .Explain(Invariant($"{summary}. The opening tag is outside the loss in both forms. Example: of ")
                + Invariant($"{Show(tokenizer, figure.Ids)} these tokens carry loss: {InLoss(tokenizer, figure)}; with the released ")
                + Invariant($"tags: {InLoss(tokenizer, released)}."));
    }

    internal static void RangeCase(
        Deviations found, IReadOnlyList<ChatMessage> thread, IReadOnlyList<Form> forms, RowOf function)
    {
        var answers = thread.Where(message => message.Role == ChatRole.Assistant).Select(message => message.Content).ToList();
        foreach (var form in forms)
        {
            var row = function(form.Rows, thread);
            var stretches = Stretches(row.CompletionMask);
            string Text(int start, int end) => form.Rows.Tokenizer.DecodeIds(row.Ids[start..end]);
            found.Exactly($"{form.Name}: one stretch of loss for each answer", stretches.Count == answers.Count);
            found.Exactly($"{form.Name}: it begins right after the opening tag",
                stretches.TrueForAll(stretch => Text(0, stretch.Start).EndsWith(form.Opening, StringComparison.Ordinal)));
            var expected = answers.Select((answer, i) => answer + form.End + (i < answers.Count - 1 ? form.Next : string.Empty));
            found.Exactly(form.Next.Length == 0
                ? $"{form.Name}: it is the answer with its end tag"
                : $"{form.Name}: it is the answer with its end tag, and the tag of the next turn",
                stretches.Select(stretch => Text(stretch.Start, stretch.End)).SequenceEqual(expected));
        }
    }

    private static TokenRow WithOpening(ConversationRows rows, IReadOnlyList<ChatMessage> thread)
    {
        var row = rows.Row(thread);
        bool[] next = [.. row.CompletionMask[1..], false];
        return row with { CompletionMask = [.. row.CompletionMask.Zip(next, (flag, following) => flag || following)] };
    }

    private static TokenRow Later(ConversationRows rows, IReadOnlyList<ChatMessage> thread)
    {
        var row = rows.Row(thread);
        return row with { CompletionMask = [false, .. row.CompletionMask[..^1]] };
    }

    private static Evidence Template(SpecContext context)
    {
        var tokenizer = TinyChat.Tokenizer();
        var released = new ChatMlTemplate();
        int[] Encode(IReadOnlyList<ChatMessage> thread) => released.Encode(tokenizer, thread).Ids;
        var evidence = new ExactCheck<Func<IReadOnlyList<ChatMessage>, int[]>>(115, Encode,
            (found, draws, encode) => TemplateCase(found, tokenizer, WithForgedTag(TinyChat.Thread(draws), draws), encode))
        {
            Wrong =
            [
                new("the user's turn has no end tag",
                    thread => WithoutFirst(Encode(thread), tokenizer.IdOf(ChatMlTemplate.EndToken)!.Value)),
                new("roles exchanged", thread => Encode([.. thread.Select(OtherRole)])),
                new("tags inside a message are tags", thread => tokenizer.EncodeIds(released.ToText(thread), addSpecialTokens: false)),
            ],
        }.Run(context, out var summary);
        var figure = new ChatMlTemplate { EndsWithLineBreak = false };
        return evidence
            .Require("the text of the example is that of Figure 15", figure.ToText(Example)
                == "<|im_start|>user\nwhy<|im_end|>\n<|im_start|>assistant\nred<|im_end|>\n"
                + "<|im_start|>user\nso<|im_end|>\n<|im_start|>assistant\nblue sky<|im_end|>")
            .Value("example_tokens", Show(tokenizer, Encode(Example)))
            .Value("example_tokens_after_the_figure", Encode(Example).Length - figure.Encode(tokenizer, Example).Ids.Length)
            .Reserve("last line break", "the figure ends with the last end tag; released reward models and policies were trained with a "
                + "line break after it, which is the token that scores are read at")
            .Reserve("supervised stages", "their released configuration has other tags: <|prompter|>, <|assistant|> and </s>")
            .Explain(Invariant($"{summary}; some messages hold an end tag of their own as text, which stays text. Example: ")
                + Invariant($"{Show(tokenizer, Encode(Example))}."));
    }

    internal static void TemplateCase(
        Deviations found, TextTokenizer tokenizer, IReadOnlyList<ChatMessage> thread, Func<IReadOnlyList<ChatMessage>, int[]> encode)
    {
        int Tag(string token) => tokenizer.IdOf(token)!.Value;
        int[] Plain(string text) => tokenizer.EncodeIds(text, addSpecialTokens: false, specialTokensAsText: true);
        var expected = thread.SelectMany(message => (int[])
        [
            Tag(ChatMlTemplate.StartToken),
            .. Plain((message.Role == ChatRole.User ? "user\n" : "assistant\n") + message.Content),
            Tag(ChatMlTemplate.EndToken), .. Plain("\n"),
        ]);
        found.Exactly("start tag, role, line break, message, end tag and line break, token by token",
            encode(thread).SequenceEqual(expected));
    }

    private static IReadOnlyList<ChatMessage> WithForgedTag(IReadOnlyList<ChatMessage> thread, Draws draws)
    {
        var at = draws.Integer(0, thread.Count - 1);
        return [.. thread.Select((message, i) => i == at ? message with { Content = message.Content + ChatMlTemplate.EndToken } : message)];
    }

    private static ChatMessage OtherRole(ChatMessage message) =>
        message with { Role = message.Role == ChatRole.User ? ChatRole.Assistant : ChatRole.User };

    private static int[] WithoutFirst(int[] ids, int id)
    {
        var at = Array.IndexOf(ids, id);
        return [.. ids[..at], .. ids[(at + 1)..]];
    }

    private static IReadOnlyList<ChatMessage> Example { get; } =
    [
        new(ChatRole.User, "why"), new(ChatRole.Assistant, "red"), new(ChatRole.User, "so"), new(ChatRole.Assistant, "blue sky"),
    ];

    private static int[] Counted(int count) => [.. Enumerable.Range(0, count)];

    private static List<(int Start, int End)> Stretches(bool[] mask)
    {
        var stretches = new List<(int Start, int End)>();
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                var start = i;
                while (i < mask.Length && mask[i])
                {
                    i++;
                }

                stretches.Add((start, i));
            }
        }

        return stretches;
    }

    // The loss of the first step of the supervised trainer, less the mean negative log-probability of the marked tokens, from whole logits.
    private static double LossDifference(TextTokenizer tokenizer, TokenRow row)
    {
        using var scope = NewDisposeScope();
        var config = TinyModels.Config(tokenizer.IdLimit);
        double expected;
        using (var model = LanguageModel.Create(config, 5, ScalarType.Float64))
        using (no_grad())
        {
            var ids = tensor([.. row.Ids.Select(id => (long)id)], [1, row.Ids.Length]);
            var logProbs = model.Logits(ids, ones_like(ids)).log_softmax(-1)[0];
            expected = -Enumerable.Range(1, row.Ids.Length - 1).Where(i => row.CompletionMask[i])
                .Average(i => logProbs[i - 1, row.Ids[i]].item<double>());
        }

        return Math.Abs(Train([row], null, config, ScalarType.Float64)["loss"] - expected);
    }

    private static IReadOnlyDictionary<string, double> Train(
        IReadOnlyList<TokenRow> rows, int? maxLength, ModelConfig? config = null, ScalarType dtype = ScalarType.Float32)
    {
        var settings = new SftSettings
        {
            Batch = new BatchSettings { BatchSize = rows.Count },
            MaxLength = maxLength,
            RandomWindowProbability = 0.5,
        };
        var model = TrainedModel.InMemory(LanguageModel.Create(config ?? TinyModels.Config(16), 5, dtype));
        using var trainer = new SftTrainer(
            model, rows, [], settings, new OptimizerSettings { LearningRate = 1e-3 }, new ScheduleSettings(), new RandomStreams(5));
        return trainer.Step(0, CancellationToken.None).Metrics;
    }

    private static string Show(TextTokenizer tokenizer, IEnumerable<int> ids) => TinyChat.Show(tokenizer, ids);

    private static string InLoss(TextTokenizer tokenizer, TokenRow row) => Show(tokenizer, row.Ids.Where((_, i) => row.CompletionMask[i]));

    /// <summary>A form of conversations with what stands around an answer.</summary>
    /// <param name="Name">For findings.</param>
    /// <param name="Rows">Makes rows.</param>
    /// <param name="Opening">Text before an answer.</param>
    /// <param name="End">Text of the end tag.</param>
    /// <param name="Next">What the loss goes on to where a turn follows; empty for nothing.</param>
    internal sealed record Form(string Name, ConversationRows Rows, string Opening, string End, string Next);

    private enum Part
    {
        FirstTag,
        NextTag,
        AnswerTag,
        Question,
        Answer,
    }

    /// <summary>Counts of the cases in their order: tags of a next turn in the loss, and all tokens in it.</summary>
    internal sealed class TokenCounts
    {
        private readonly List<(int Tags, int All)> _cases = [];

        internal void Add(int tags, int all) => _cases.Add((tags, all));

        /// <summary>The sums over the first cases, which are those of the library's own function.</summary>
        internal (int Tags, int All) First(int cases) => (_cases.Take(cases).Sum(c => c.Tags), _cases.Take(cases).Sum(c => c.All));
    }
}
