using Microsoft.Extensions.AI;
using Repro.Core;
using Repro.Core.Evaluation.Judges;
using Repro.Core.Evaluation.Voting;
using Repro.Core.Models;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Evaluation.Judges;

/// <summary>Scores, votes and verdicts by worked examples, and the record of exchanges.</summary>
public sealed class JudgeScoringTests
{
    /// <summary>
    /// z = 1, 2, 2, 0 and one missing: w = 0, 1, 1, 0.5; mean 0.625, squared deviations 0.390625 + 2 * 0.140625 + 0.015625 = 0.6875,
    /// error sqrt(0.6875 / 3 / 4) = 0.239357. With the missing one lost 2.5 / 5 = 50, won 3.5 / 5 = 70.
    /// </summary>
    [Fact]
    public void A_win_rate_by_hand()
    {
        var rate = WinRate.Compute([1, 2, 2, 0, null]);
        rate.Rate.Should().Be(62.5);
        rate.StandardError.Should().BeApproximately(23.9357, 1e-4);
        (rate.Wins, rate.WinsBase, rate.Draws, rate.Total, rate.Missing).Should().Be((2, 1, 1, 4, 1));
        (rate.DiscreteRate, rate.Lower, rate.Upper).Should().Be((62.5, 50, 70));
        double.IsNaN(WinRate.Compute([1.25]).StandardError).Should().BeTrue();
        FluentActions.Invoking(() => WinRate.Compute([0.5])).Should().Throw<ReproException>().WithMessage("*0.5*");
        FluentActions.Invoking(() => WinRate.Compute([null, double.NaN])).Should().Throw<ReproException>().WithMessage("*none of 2*");
    }

    /// <summary>
    /// Five pairs in both orders, 1 and 2 for the same answers throughout: 2 and 2 is a win of the second, 1 and 1 a loss; 2 and 1, and a
    /// tie beside a win, are ties; an error leaves its pair out. Win rate 1/4, adjusted (1 + 2/2)/4.
    /// </summary>
    [Fact]
    public void MT_bench_by_hand()
    {
        double?[] pairs = [MtBench.Both(2, 2), MtBench.Both(1, 1), MtBench.Both(2, 1), MtBench.Both(1.5, 2), MtBench.Both(null, 2)];
        pairs.Should().Equal(2, 1, 1.5, 1.5, null);
        var rate = WinRate.Compute(pairs);
        (rate.Wins, rate.WinsBase, rate.Draws, rate.Missing, rate.DiscreteRate).Should().Be((1, 1, 2, 1, 50));
    }

    [Theory]
    [InlineData("My final verdict is: [[A]]", 1L)]
    [InlineData("[[B]] and not [[C]]", 2L)]
    [InlineData("[[C]]", 0L)]
    [InlineData("[[B]], no, [[A]]", 1L)]
    [InlineData("[A]", null)]
    public void MT_bench_reads_verdicts(string answer, long? verdict) =>
        new MtBenchVerdictParser().Parse(answer).Should().Equal(verdict ?? (object)double.NaN);

    [Theory]
    [InlineData("""{"judge": "[A]", "tag": ["clear"], "reason": "x"}""", 1)]
    [InlineData("Here: ```json\n{\"judge\": \"B\", \"r reason\": \"x\"}\n```", 2)]
    [InlineData("Sure. {\"judge\": \"Assistant B\"} Done.", 2)]
    [InlineData("""{"judge": "tie"}""", null)]
    [InlineData("""{"judge": "[A]", "reason": "cut""", null)]
    [InlineData("[A]", null)]
    public void ADR_reads_votes(string answer, int? vote)
    {
        var read = (double)Convert.ChangeType(new AdrVoteParser().Parse(answer)[0], typeof(double), null)!;
        read.Should().Be(vote ?? double.NaN);
    }

    /// <summary>Votes 1, 1, 2, 2: both readings ask the expert, who says 2. Votes 1, 1, 1, 2: only where all must agree. Votes 2, 2, 2, 2:
    /// neither. No vote: both. A tie without a word of the expert is missing. So 2 of the first three are won if he decides ties, all if he
    /// decides what is not unanimous.</summary>
    [Fact]
    public void The_panel_of_ADR_under_both_readings()
    {
        static PanelVotes Votes(int index, int[] votes, int? expert) => new(new(index, Invariant($"{index}"), "one", "two"), votes, expert);
        PanelVotes[] pairs =
        [
            Votes(0, [1, 1, 2, 2], 2), Votes(1, [1, 1, 1, 2], 2), Votes(2, [2, 2, 2, 2], 1), Votes(3, [], 2), Votes(4, [1, 2], null),
        ];
        var onTie = AdrPanel.Decide(pairs, ExpertRule.OnTie);
        onTie.Preferences.Should().Equal(2, 1, 2, 2, null);
        (onTie.ByExpert, onTie.Rate.Rate, onTie.Rate.Missing).Should().Be((3, 75, 1));
        var unanimous = AdrPanel.Decide(pairs, ExpertRule.WithoutConsensus);
        unanimous.Preferences.Should().Equal(2, 2, 2, 2, null);
        (unanimous.ByExpert, unanimous.Rate.Rate, unanimous.Rate.Lower).Should().Be((4, 100, 80));
        FluentActions.Invoking(() => AdrPanel.Decide([Votes(0, [1, 3], 1)], ExpertRule.OnTie)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => AdrPanel.Decide([Votes(0, [1, 2], 3)], ExpertRule.OnTie)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task A_score_is_a_judge_that_no_order_sways()
    {
        AnswerPair[] pairs = [new(0, "a", "long answer", "short"), new(1, "a", "x", "xx"), new(2, "a", "yy", "xx"), new(3, "a", "z", "z")];
        var judge = new ScoreJudge("length", (_, output) => output.Length);
        var judgements = await JudgeRun.AskAsync(pairs, judge, new JudgeRunSettings());
        judgements.Select(judgement => judgement.Preference).Should().Equal(1, 1, 2, 2, 1.5, 1.5, 1.5);
        var report = JudgeReport.Compute(judgements);
        (report.Rate.Rate, report.FirstWins, report.Decided).Should().Be((50, 2, 4));
    }

    [Fact]
    public async Task Any_chat_client_is_a_judge()
    {
        var convention = JudgeConvention.Load("adr-vote");
        using var client = new FirstTaker();
        var judge = new ClientJudge(convention, convention.LoadTemplate(null), client);
        var judgements = await JudgeRun.AskAsync([new(0, "Say hello.", "Hello.", "Bye.")], judge, new JudgeRunSettings());
        judgements.Select(judgement => (judgement.Switched, judgement.Preference, judgement.Model))
            .Should().Equal((false, 1, "mine"), (true, 2, "mine"));
        client.Prompts.Should().Contain(prompt => prompt.Contains("# Answer of assistant A\nBye.", StringComparison.Ordinal));
        var weighted = JudgeConvention.Load("weighted_alpaca_eval_gpt4_turbo");
        var template = new JudgeTemplate(JudgeTemplateTests.Template, "t", weighted.Places);
        FluentActions.Invoking(() => new ClientJudge(weighted, template, client))
            .Should().Throw<ReproException>().WithMessage("weighted*");
    }

    [Fact]
    public void Several_judges_are_not_pooled_unasked_and_odd_outputs_are_named()
    {
        var pairs = Enumerable.Range(0, 10).Select(i => new AnswerPair(i, Invariant($"{i}"), "one <|im_end|>",
            i < 3 ? "the same" : Invariant($"{i}")));
        Judgement[] judgements = [.. pairs.Select((pair, i) => new Judgement(pair, false, 2, JudgeOutcome.Read)
        {
            Model = "gpt-4-0613",
            Fingerprint = i < 5 ? "fp_1" : "fp_2",
        })];
        FluentActions.Invoking(() => JudgeReport.Compute(judgements))
            .Should().Throw<ReproException>().WithMessage("*(fp_1): 5, *(fp_2): 5*");
        var notes = JudgeReport.Compute(judgements, mixed: true).Notes;
        notes.Should().Contain(note => note.Contains("output_2 is the same for 3 of 10", StringComparison.Ordinal));
        notes.Should().Contain(note => note.Contains("output_1 holds marks of a prompt", StringComparison.Ordinal));
    }

    [Fact]
    public void Judgements_go_out_and_come_in_equal()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "annotations.json");
        var made = new ModelIdentity("runs/a", new string('a', 64), null, new string('b', 64), null);
        Judgement[] judgements =
        [
            new(new AnswerPair(4, "é \"quoted\"", "one", "two") { Generator1 = "a", Generator2 = "b", GeneratedBy2 = made }, true, 1.25,
                JudgeOutcome.Read)
            {
                RequestKey = "key", Model = "gpt-4-0613", Fingerprint = "fp",
            },
            new(new AnswerPair(5, "b", "one", "two"), false, null, JudgeOutcome.Refused) { Reason = "refused" },
        ];
        Annotations.Write(path, judgements, "alpaca_eval_gpt4");
        Annotations.Read(path).Should().BeEquivalentTo(judgements, options => options.WithStrictOrdering());
        folder.Write("bad.json", """[{"instruction": "a", "output_1": "b", "output_2": "c", "preference": 0.5}]""");
        FluentActions.Invoking(() => Annotations.Read(Path.Combine(folder.Path, "bad.json")))
            .Should().Throw<ReproException>().WithMessage("*bad.json*preference*");
    }

    [Fact]
    public void Outputs_are_paired_by_their_instructions()
    {
        using var folder = new TemporaryFolder();
        var baseline = folder.Write("a.jsonl", """{"instruction": "x", "output": "1", "generator": "base"}"""
            + "\n" + """{"instruction": "y", "output": "2"}""");
        var model = folder.Write("b.jsonl", """{"instruction": "y", "output": "4"}"""
            + "\n" + """{"instruction": "x", "output": "3", "generator": "mine"}""");
        var pairs = Annotations.ReadOutputs(baseline, model);
        pairs.Select(pair => (pair.Instruction, pair.Output1, pair.Output2)).Should().Equal(("x", "1", "3"), ("y", "2", "4"));
        (pairs[0].Generator1, pairs[0].Generator2).Should().Be(("base", "mine"));
        var fewer = folder.Write("c.jsonl", """{"instruction": "y", "output": "4"}""");
        FluentActions.Invoking(() => Annotations.ReadOutputs(baseline, fewer)).Should().Throw<ReproException>().WithMessage("*a.jsonl*");
        FluentActions.Invoking(() => Annotations.ReadOutputs(fewer, baseline))
            .Should().Throw<ReproException>().WithMessage("*1 instructions*");
    }

    [Fact]
    public void Answers_of_generate_are_paired_by_their_prompts()
    {
        using var folder = new TemporaryFolder();
        var baseline = folder.Write("a.jsonl", """{"prompt": "x", "response": "1", "tokens": 2, "ended": true}"""
            + "\n" + """{"prompt": "y", "response": "2"}""");
        var model = folder.Write("b.jsonl", """{"instruction": "y", "output": "4"}""" + "\n" + """{"prompt": "x", "response": "3"}""");
        var pairs = Annotations.ReadOutputs(baseline, model);
        pairs.Select(pair => (pair.Instruction, pair.Output1, pair.Output2)).Should().Equal(("x", "1", "3"), ("y", "2", "4"));
        var conversation = folder.Write("c.jsonl", """{"messages": [{"role": "user", "content": "x"}], "response": "1"}""");
        FluentActions.Invoking(() => Annotations.ReadOutputs(conversation, model))
            .Should().Throw<ReproException>().WithMessage("*c.jsonl*prompt*");
    }

    [Fact]
    public void The_model_that_an_answer_records_goes_into_its_pair()
    {
        using var folder = new TemporaryFolder();
        var made = new ModelIdentity("runs/a", new string('a', 64), new string('c', 64), null, new string('d', 64));
        var model = folder.Write("b.jsonl", $$"""{"prompt": "x", "response": "3", "generated_by": {{made.ToJson().ToJsonString()}}}""");
        var baseline = folder.Write("a.jsonl", """{"prompt": "x", "response": "1"}""");
        Annotations.ReadOutputs(baseline, model).Should().ContainSingle()
            .Which.Should().Match<AnswerPair>(pair => pair.GeneratedBy1 == null && pair.GeneratedBy2 == made);
        var damaged = folder.Write("c.jsonl", """{"prompt": "x", "response": "3", "generated_by": {"model": "m", "weights": "abc"}}""");
        FluentActions.Invoking(() => Annotations.ReadOutputs(baseline, damaged)).Should().Throw<ReproException>()
            .WithMessage("*c.jsonl:1: generated_by: 'weights' must be a SHA-256*'abc'");
    }

    [Theory]
    [InlineData("""{"question": "a", "chosen": "b", "rejected": "c"}""")]
    [InlineData("""{"instruction": "a", "output_1": "b"}""")]
    public void Columns_that_are_not_there_are_named_together(string row)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("pairs.jsonl", row);
        FluentActions.Invoking(() => Annotations.ReadPairs(file)).Should().Throw<ReproException>().WithMessage(
            "*pairs.jsonl:1: rows with 'instruction', 'output_1' and 'output_2' *'reference'*were expected; the row has *");
        var answers = folder.Write("answers.jsonl", """{"text": "a"}""");
        FluentActions.Invoking(() => Annotations.ReadOutputs(answers, answers)).Should().Throw<ReproException>().WithMessage(
            "*answers.jsonl:1: rows with 'prompt' and 'response'*'instruction' and 'output'*were expected; the row has text");
    }

    [Fact]
    public void The_key_of_a_request_is_that_of_its_sense()
    {
        var key = Key("""{"model": "m", "messages": [{"role": "user", "content": "a"}], "temperature": 0}""");
        Key("""{"temperature":0,"stream":false,"user":"me","messages":[{"content":"a","role":"user"}],"model":"m"}""").Should().Be(key);
        Key("""{"model": "m", "messages": [{"role": "user", "content": "b"}], "temperature": 0}""").Should().NotBe(key);
        Key("""{"model": "n", "messages": [{"role": "user", "content": "a"}], "temperature": 0}""").Should().NotBe(key);
        ExchangeRecord.KeyOf("/other", """{"model": "m", "messages": [{"role": "user", "content": "a"}], "temperature": 0}"""u8)
            .Should().NotBe(key);
        FluentActions.Invoking(() => Key("[]")).Should().Throw<ReproException>();
    }

    [Fact]
    public void A_record_survives_a_kill_in_the_middle_of_a_line()
    {
        using var folder = new TemporaryFolder();
        using (var record = new ExchangeRecord(folder.Path, write: true))
        {
            record.Sent("one");
            record.Answered("one", "/v1", "m", new RecordedAnswer(200, "{\"a\": \"ü\"}"));
            record.Sent("two");
            FluentActions.Invoking(() => new ExchangeRecord(folder.Path, write: true))
                .Should().Throw<ReproException>("one writes at a time");
        }

        var path = Path.Combine(folder.Path, "exchanges.jsonl");
        File.AppendAllText(path, "{\"event\": \"answer\", \"key\": \"tw");
        using (var record = new ExchangeRecord(folder.Path, write: true))
        {
            (record.Count, record.SentWithoutAnswer, record.Find("one")!.Body).Should().Be((1, 1, "{\"a\": \"ü\"}"));
            record.Answered("two", "/v1", "m", new RecordedAnswer(200, "{}"));
        }

        using (var record = new ExchangeRecord(folder.Path, write: false))
        {
            (record.Count, record.SentWithoutAnswer).Should().Be((2, 0));
        }

        File.AppendAllText(path, "{\"event\": \"answer\"}\n");
        FluentActions.Invoking(() => new ExchangeRecord(folder.Path, write: false))
            .Should().Throw<ReproException>().WithMessage("*exchanges.jsonl:5*");
    }

    private sealed class FirstTaker : IChatClient
    {
        internal List<string> Prompts { get; } = [];

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            lock (Prompts)
            {
                Prompts.Add(messages.Last().Text);
            }

            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, """{"judge": "[A]"}""")) { ModelId = "mine" });
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private static string Key(string body) => ExchangeRecord.KeyOf("/v1/chat/completions", System.Text.Encoding.UTF8.GetBytes(body));
}
