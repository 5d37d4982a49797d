using System.Diagnostics;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Judges;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Evaluation.Judges;

/// <summary>Judges over HTTP against a scripted service on a real socket.</summary>
public sealed class ChatJudgeTests
{
    private static readonly TransportSettings Quick = new()
    {
        Timeout = TimeSpan.FromMilliseconds(1500),
        FirstDelay = TimeSpan.FromMilliseconds(2),
        LongestDelay = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>Order, template, request, HTTP, log-probabilities and score of AlpacaEval 2 in one: each answer is the stored one, found by
    /// the exact prompt in the order that AlpacaEval showed.</summary>
    [AlpacaEvalFact]
    [Trait("Suite", "Goldens")]
    public async Task A_judge_that_repeats_the_stored_answers_gives_the_published_rate()
    {
        var stored = JsonNode.Parse(await File.ReadAllTextAsync(
            AlpacaEvalGoldens.File("falcon-7b-instruct.weighted.annotations.json")))!.AsArray();
        var answers = stored.Where(row => (string)row!["output_1"]! != (string)row["output_2"]!)
            .ToDictionary(row => PeerPrompt(row!), row => row!["raw_completion"]!);
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((body, _) => (Fault.None, answers[Prompt(body)]));
        var read = Annotations.ReadPairs(AlpacaEvalGoldens.File("falcon-7b-instruct.weighted.annotations.json"));
        var (judgements, counts) = await AskAsync(server, folder, "weighted_alpaca_eval_gpt4_turbo", read, PairOrder.Alpaca, Quick);
        JudgeReport.Compute(judgements).Rate.Rate.Should().BeApproximately(2.146617553167702, 1e-9);
        counts.Issued.Should().Be(answers.Count);
        judgements.Count(judgement => judgement.Outcome == JudgeOutcome.EqualOutputs).Should().Be(stored.Count - answers.Count);

        var (again, replayed) = await AskAsync(
            server, folder, "weighted_alpaca_eval_gpt4_turbo", read, PairOrder.Alpaca, Quick with { Mode = ReplayMode.Replay });
        again.Should().BeEquivalentTo(judgements, options => options.WithStrictOrdering());
        (replayed.Issued, replayed.Replayed).Should().Be((0, answers.Count));
    }

    /// <summary>Every request fails once or several times, the judge refuses some, and the run is stopped in its middle.</summary>
    [Fact]
    public async Task A_thousand_judgements_over_a_faulty_line_are_right_and_none_is_paid_twice()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync(Faulty);
        AnswerPair[] pairs = [.. Enumerable.Range(0, 1000).Select(i => new AnswerPair(i, Invariant($"number {i}"), "one", "two"))];
        using var stop = new CancellationTokenSource();
        server.OnPaid = paid =>
        {
            if (paid == 450)
            {
                stop.Cancel();
            }
        };
        var begun = () => AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick, cancellation: stop.Token);
        await begun.Should().ThrowAsync<OperationCanceledException>();
        server.OnPaid = _ => { };
        var half = server.Paid.Count;
        half.Should().BeInRange(450, 550);
        var recorded = Recorded(folder);
        recorded.Should().BeGreaterThanOrEqualTo(half, "what was paid before the stop is on disk, and what a filter refused as well");

        var (judgements, counts) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick);
        server.Paid.Values.Should().OnlyContain(times => times == 1, "no answer is paid for twice");
        counts.Replayed.Should().Be(recorded);
        Recorded(folder).Should().Be(1000);
        judgements.CountBy(judgement => judgement.Outcome).ToDictionary().Should().BeEquivalentTo(new Dictionary<JudgeOutcome, int>
        {
            [JudgeOutcome.Read] = pairs.Count(pair => Kind(pair.Index) is not (Fault.Refusal or Fault.EmptyChoices or Fault.Filtered)),
            [JudgeOutcome.Refused] = pairs.Count(pair => Kind(pair.Index) is Fault.Refusal or Fault.Filtered),
            [JudgeOutcome.Unparsed] = pairs.Count(pair => Kind(pair.Index) == Fault.EmptyChoices),
        });
        judgements.Where(judgement => judgement.Outcome == JudgeOutcome.Read)
            .Should().OnlyContain(judgement => judgement.Preference == 1 + (judgement.Pair.Index % 2));
        counts.Failures.Keys.Should().Contain(["cut", "invalid JSON", "silence", "status 429", "status 500"]);

        var asked = server.Asked.Values.Sum();
        var (second, none) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick);
        (none.Issued, server.Asked.Values.Sum()).Should().Be((0, asked));
        second.Should().BeEquivalentTo(judgements, options => options.WithStrictOrdering());
        var rate = JudgeReport.Compute(judgements).Rate;
        (rate.Missing, rate.Total).Should().Be((judgements.Count(j => j.Preference is null),
            judgements.Count(j => j.Preference is not null)));
    }

    [Fact]
    public async Task A_request_that_never_succeeds_is_counted_and_tried_again_by_the_next_run()
    {
        using var folder = new TemporaryFolder();
        var isDown = true;
        await using var server = await JudgeServer.StartAsync((_, _) => (isDown ? Fault.ServerError : Fault.None, Ranking(2)));
        AnswerPair[] pairs = [new(0, "a", "one", "two"), new(1, "b", "one", "two")];
        var quick = Quick with { Tries = 3 };
        var (judgements, counts) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, quick);
        judgements.Should().OnlyContain(judgement => judgement.Outcome == JudgeOutcome.Failed && judgement.Reason == "status 500");
        counts.Issued.Should().Be(6);
        isDown = false;
        (judgements, _) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, quick);
        judgements.Should().OnlyContain(judgement => judgement.Preference == 2);
    }

    /// <summary>What never reached the service is not billed; what was cut on its way back may be.</summary>
    [Theory]
    [InlineData(HttpRequestError.ConnectionError, true)]
    [InlineData(HttpRequestError.NameResolutionError, true)]
    [InlineData(HttpRequestError.SecureConnectionError, true)]
    [InlineData(HttpRequestError.ResponseEnded, false)]
    public async Task Each_try_that_fails_is_told_and_costs_nothing_where_nothing_was_sent(HttpRequestError error, bool isFree)
    {
        using var folder = new TemporaryFolder();
        var convention = JudgeConvention.Load("alpaca_eval_gpt4");
        var budget = new JudgeBudget(PriceTable.Load(null).Models[convention.Request.Model]);
        var told = new List<FailedTry>();
        using var record = new ExchangeRecord(folder.Path, write: true);
        using var inner = new Unreachable(error);
        var transport = new JudgeTransport(record, budget, Quick with { Tries = 3, Retrying = told.Add }, inner);
        using var judge = new ChatJudge(
            convention, new JudgeTemplate(JudgeTemplateTests.Template, "test", convention.Places), transport, new("http://none/v1"), "key");
        var judgement = await judge.JudgeAsync(new(0, "a", "one", "two"), switched: false);
        (judgement.Outcome, judgement.Reason).Should().Be((JudgeOutcome.Failed, isFree ? "no connection: by the test" : "cut"));
        told.Select(failed => (failed.Reason, failed.Next, failed.Tries)).Should()
            .Equal((judgement.Reason!, 2, 3), (judgement.Reason!, 3, 3));
        transport.Counts.Issued.Should().Be(3);
        (budget.Spent == 0).Should().Be(isFree);
    }

    [Fact]
    public async Task A_service_that_says_how_long_to_wait_is_obeyed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((_, time) => (time == 1 ? Fault.TooManyRetryAfter : Fault.None, Ranking(1)));
        var slow = Quick with { FirstDelay = TimeSpan.FromSeconds(30), LongestDelay = TimeSpan.FromSeconds(60) };
        var clock = Stopwatch.StartNew();
        await AskAsync(server, folder, "alpaca_eval_gpt4", [new(0, "a", "one", "two")], PairOrder.Given, slow);
        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task Money_ends_a_run_before_it_is_spent_and_more_of_it_goes_on()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((_, _) => (Fault.None, Ranking(1)));
        AnswerPair[] pairs = [.. Enumerable.Range(0, 20).Select(i => new AnswerPair(i, Invariant($"{i}"), "one", "two"))];

        // A request costs 1000 tokens of 30 dollars a million and one of 60: 0.03006. Its estimate is below that.
        var (judgements, counts) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick, most: 0.2);
        counts.Issued.Should().BeLessThanOrEqualTo(20).And.BeGreaterThan(1);
        judgements.Count(judgement => judgement.Outcome == JudgeOutcome.OverBudget).Should().Be(20 - counts.Issued).And.BeGreaterThan(0);
        (judgements, counts) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick, most: 10);
        judgements.Should().OnlyContain(judgement => judgement.Preference == 1);
        server.Paid.Values.Should().OnlyContain(times => times == 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(90)]
    [InlineData(119)]
    [InlineData(1000)]
    [InlineData(1_000_000)]
    public void Requests_a_minute_are_as_many_as_were_asked_for(int rate)
    {
        var limits = JudgeTransport.Limits(rate);
        (limits.TokensPerPeriod * (TimeSpan.FromMinutes(1) / limits.ReplenishmentPeriod)).Should().BeApproximately(rate, 0.001 * rate);
        limits.TokenLimit.Should().Be(limits.TokensPerPeriod);
    }

    [Fact]
    public void An_answer_without_a_count_of_tokens_has_no_usage()
    {
        ChatAnswer.Usage(new RecordedAnswer(200, "{}")).Should().BeNull();
        ChatAnswer.Usage(new RecordedAnswer(200, "{\"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": -1}}")).Should().Be((3, 0));
    }

    [Theory]
    [InlineData("alpaca_eval_gpt4", """ "message": {"content": "half \ud83d"}""")]
    [InlineData("alpaca_eval_gpt4", """ "message": {"content": null, "refusal": "\ud83d"}""")]
    [InlineData("alpaca_eval_gpt4", """ "finish_reason": "\udc00", "message": {"content": "[]"}""")]
    [InlineData("alpaca_eval_gpt4_turbo_fn", """ "message": {"tool_calls": [{"function": {"arguments": "\ud83d"}}]}""")]
    [InlineData("weighted_alpaca_eval_gpt4_turbo", """ "message": {}, "logprobs": {"content": [{"token": "\ud83d"}]}""")]
    [InlineData("alpaca_eval_gpt4", """ "\ud83d": 1, "message": {"content": "[]"}""")]
    [InlineData("alpaca_eval_gpt4", """ "message": {"\ud83d": 1, "content": "[]"}""")]
    [InlineData("weighted_alpaca_eval_gpt4_turbo", """ "message": {}, "logprobs": {"content": [{"\ud83d": 1}]}""")]
    public void Half_of_a_surrogate_pair_in_an_answer_is_unparsed(string convention, string choice)
    {
        var answer = ChatAnswer.Read(
            new RecordedAnswer(200, $$"""{"model": "m", "choices": [{{{choice}}}]}"""), JudgeConvention.Load(convention));
        (answer.Outcome, answer.Shown).Should().Be((JudgeOutcome.Unparsed, (double?)null));
        answer.Reason.Should().Contain("surrogate");
    }

    /// <summary>A name of the model that is no text, beside an answer that could be read.</summary>
    [Fact]
    public void Half_of_a_surrogate_pair_in_the_name_of_the_model_is_unparsed() =>
        ChatAnswer.Read(
            new RecordedAnswer(200, """{"model": "\ud83d", "choices": [{"message": {"content": "[[A]]"}}]}"""),
            JudgeConvention.Load("mt-bench-pair")).Outcome.Should().Be(JudgeOutcome.Unparsed);

    /// <summary>Beside the answer, where only its count of tokens is looked for.</summary>
    [Fact]
    public void Half_of_a_surrogate_pair_in_a_key_beside_the_answer_is_unparsed()
    {
        var answer = new RecordedAnswer(
            200, """{"\ud83d": 1, "usage": {"prompt_tokens": 3}, "choices": [{"message": {"content": "[[A]]"}}]}""");
        ChatAnswer.Usage(answer).Should().BeNull();
        ChatAnswer.Read(answer, JudgeConvention.Load("mt-bench-pair")).Outcome.Should().Be(JudgeOutcome.Unparsed);
    }

    [Theory]
    [InlineData("[-0.5]")]
    [InlineData("null")]
    [InlineData("\"-0.5\"")]
    public void A_log_probability_that_is_no_number_is_unparsed(string value)
    {
        var choice = $$""" "message": {}, "logprobs": {"content": [{"top_logprobs": [{"token": "m", "logprob": {{value}}}]}]}""";
        var answer = ChatAnswer.Read(
            new RecordedAnswer(200, $$"""{"model": "m", "choices": [{{{choice}}}]}"""),
            JudgeConvention.Load("weighted_alpaca_eval_gpt4_turbo"));
        (answer.Outcome, answer.Reason).Should().Be((JudgeOutcome.Unparsed, "'logprob' of the token 'm' is no number."));
    }

    /// <summary>A pattern that tries each way to part the letters, of which there are two to the power of fifty.</summary>
    [Fact]
    public void An_answer_that_a_pattern_is_not_through_with_is_unparsed()
    {
        const string Slow = @"^([0-9a-zA-Z]([-.\w]*[0-9a-zA-Z])*@(([0-9a-zA-Z])+([-\w]*[0-9a-zA-Z])*\.)+[a-zA-Z]{2,9})$";
        var parser = new RegexParser { OutputsToMatch = new Dictionary<string, string> { ["1"] = Slow } };
        var answer = ChatAnswer.Parsed(parser, new string('a', 50) + "@a.a");
        (answer.Outcome, answer.Reason).Should().Be(
            (JudgeOutcome.Unparsed, "the pattern of '1' is not through with the answer after 1 s."));
    }

    [Fact]
    public async Task Equal_requests_under_way_are_asked_once()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((_, _) => (Fault.None, Ranking(1)));
        AnswerPair[] pairs = [.. Enumerable.Range(0, 40).Select(i => new AnswerPair(i, "the same", "one", "two"))];
        var (judgements, _) = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick);
        judgements.Should().HaveCount(40);
        server.Paid.Values.Should().Equal(1);
    }

    [Fact]
    public async Task What_is_not_in_the_record_cannot_be_replayed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((_, _) => (Fault.None, Ranking(1)));
        AnswerPair[] pairs = [new(0, "a", "one", "two")];
        await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick);
        var missing = () => AskAsync(
            server, folder, "alpaca_eval_gpt4", [pairs[0] with { Instruction = "b" }], PairOrder.Given,
                Quick with { Mode = ReplayMode.Replay });
        (await missing.Should().ThrowAsync<ReproException>()).WithMessage("*is not in the record*");
        var live = await AskAsync(server, folder, "alpaca_eval_gpt4", pairs, PairOrder.Given, Quick with { Mode = ReplayMode.Live });
        live.Counts.Issued.Should().Be(1, "live asks anew");
    }

    [Fact]
    public async Task Tools_and_log_probabilities_that_are_missing_are_unparsed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((_, _) => (Fault.NoLogprobs, null));
        AnswerPair[] pairs = [new(0, "a", "one", "two")];
        foreach (var name in new[] { "weighted_alpaca_eval_gpt4_turbo", "alpaca_eval_gpt4_turbo_fn" })
        {
            var (judgements, _) = await AskAsync(server, folder, name, pairs, PairOrder.Both, Quick);
            judgements.Should().HaveCount(2).And.OnlyContain(judgement => judgement.Outcome == JudgeOutcome.Unparsed);
        }
    }

    /// <summary>The judge always prefers what it is shown first: the rate of both orders is one half, and the share shows why.</summary>
    [Fact]
    public async Task Both_orders_cancel_a_judge_that_takes_the_first()
    {
        using var folder = new TemporaryFolder();
        await using var server = await JudgeServer.StartAsync((body, _) => (Fault.None, ToolCall(body, 1)));
        AnswerPair[] pairs = [.. Enumerable.Range(0, 10).Select(i => new AnswerPair(i, Invariant($"{i}"), "one", "two"))];
        var (judgements, _) = await AskAsync(server, folder, "alpaca_eval_gpt4_turbo_fn", pairs, PairOrder.Both, Quick);
        var report = JudgeReport.Compute(judgements);
        (report.Rate.Rate, report.FirstWins, report.Decided).Should().Be((50, 20, 20));
        (report.ShownFirstRate, report.ShownSecondRate, report.OrderAdjustedRate).Should().Be((100, 0, 50));
        report.FirstShare.Lower.Should().BeGreaterThan(0.8);
        JudgeReport.Compute(judgements, PairAggregation.SameWinnerTwice).Rate.Draws.Should().Be(10);
    }

    private sealed class Unreachable(HttpRequestError error) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException(error, "by the test");
    }

    private static async Task<(IReadOnlyList<Judgement> Judgements, TransportCounts Counts)> AskAsync(
        JudgeServer server,
        TemporaryFolder folder,
        string convention,
        IReadOnlyList<AnswerPair> pairs,
        PairOrder order,
        TransportSettings settings,
        double most = double.PositiveInfinity,
        CancellationToken cancellation = default)
    {
        var loaded = JudgeConvention.Load(convention);
        var budget = new JudgeBudget(PriceTable.Load(null).Models[loaded.Request.Model], most);
        using var record = new ExchangeRecord(folder.Path, settings.Mode != ReplayMode.Replay);
        var transport = new JudgeTransport(record, budget, settings);
        using var judge = new ChatJudge(
            loaded, new JudgeTemplate(JudgeTemplateTests.Template, "test", loaded.Places), transport, server.Endpoint, "key");
        return (await JudgeRun.AskAsync(pairs, judge, new JudgeRunSettings { Order = order }, cancellation: cancellation),
            transport.Counts);
    }

    private static int Recorded(TemporaryFolder folder)
    {
        using var record = new ExchangeRecord(folder.Path, write: false);
        return record.Count;
    }

    // A kind for each of a hundred requests; the rarest takes a timeout.
    private static Fault Kind(int index) => (index % 100) switch
    {
        < 10 => Fault.TooMany,
        < 20 => Fault.TooManyRetryAfter,
        < 30 => Fault.ServerError,
        < 40 => Fault.CutBody,
        < 41 => Fault.Silence,
        < 50 => Fault.InvalidJson,
        < 55 => Fault.Refusal,
        < 58 => Fault.EmptyChoices,
        < 60 => Fault.Filtered,
        _ => Fault.None,
    };

    private static (Fault Fault, JsonNode? Choice) Faulty(JsonObject body, int time)
    {
        var prompt = Prompt(body);
        var start = prompt.IndexOf("number ", StringComparison.Ordinal) + 7;
        var index = int.Parse(prompt[start..prompt.IndexOf('\n', start)], System.Globalization.CultureInfo.InvariantCulture);
        var kind = Kind(index);
        var lasts = kind is Fault.Refusal or Fault.EmptyChoices or Fault.Filtered ? int.MaxValue
            : kind == Fault.Silence ? 1 : 1 + (index % 3);
        return (time <= lasts ? kind : Fault.None, Ranking(1 + (index % 2)));
    }

    private static JsonObject Ranking(int rank) => JudgeServer.Text(
        Invariant($"[{{'model': 'model_1', 'rank': {rank}}}, {{'model': 'model_2', 'rank': {3 - rank}}}]"));

    private static JsonObject ToolCall(JsonObject body, int rank)
    {
        var models = Invariant($"{{\"model\": \"m\", \"rank\": {rank}}}, {{\"model\": \"M\", \"rank\": {3 - rank}}}");
        var arguments = $"{{\"ordered_models\": [{models}]}}";
        var function = new JsonObject { ["name"] = (string)body["tool_choice"]!["function"]!["name"]!, ["arguments"] = arguments };
        var choice = JudgeServer.Text(string.Empty);
        choice["message"]!["tool_calls"] = new JsonArray(new JsonObject { ["id"] = "1", ["type"] = "function", ["function"] = function });
        return choice;
    }

    private static string Prompt(JsonObject body) =>
        string.Join('\n', body["messages"]!.AsArray().Select(message => $"{message!["role"]}: {message["content"]}"));

    // As AlpacaEval makes it: places filled first, messages split after that.
    private static string PeerPrompt(JsonNode row)
    {
        var (instruction, first, second) = ((string)row["instruction"]!, (string)row["output_1"]!, (string)row["output_2"]!);
        return PeerBuilder.Prompt(
            JudgeTemplateTests.Template, instruction, AlpacaOrder.IsSwitched(instruction) ? second : first,
                AlpacaOrder.IsSwitched(instruction) ? first : second);
    }
}
