using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Samples in the form of lm-eval: its own lines are read, ours have its fields.</summary>
public sealed class BenchmarkSampleTests : IDisposable
{
    // As lm-eval writes them: everything in resps is a text, and arguments are named.
    private const string Ranked =
        """
        {"doc_id": 3, "doc": {"question": {"stem": "Why?"}}, "target": "1", "arguments": {"gen_args_0":
        {"arg_0": "Question: Why?\nAnswer:", "arg_1": " so"}, "gen_args_1": {"arg_0": "Question: Why?\nAnswer:", "arg_1": " because"}},
        "resps": [[["-2.5", "False"]], [["-3.0", "True"]]], "filtered_resps": [["-2.5", "False"], ["-3.0", "True"]],
        "filter": "none", "metrics": ["acc", "acc_norm"], "doc_hash": "d", "prompt_hash": "p", "target_hash": "t",
        "acc": 0.0, "acc_norm": 1.0}
        """;

    // As versions before 0.4.4 wrote them.
    private const string Older =
        """
        {"doc_id": 0, "doc": {"q": "Why?"}, "target": 1, "arguments":
        [["Question: Why?\nAnswer:", " so"], ["Question: Why?\nAnswer:", " because"]],
        "resps": [[[-2.5, false]], [[-3.0, true]]], "filtered_resps": [[-2.5, false], [-3.0, true]], "acc": 0.0, "acc_norm": 1.0}
        """;

    private const string Written =
        """
        {"doc_id": 1, "doc": {"question": "2+2?"}, "target": "two and two\n#### 4",
        "arguments": {"gen_args_0": {"arg_0": "Question: 2+2?\nAnswer:", "arg_1": {"until": ["Question:"], "do_sample": false}}},
        "resps": [["It is 4."]], "filtered_resps": ["4."], "filter": "flexible-extract", "metrics": ["exact_match"],
        "doc_hash": "d", "prompt_hash": "p", "target_hash": "t", "exact_match": 1.0}
        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(Ranked)]
    [InlineData(Older)]
    public void Ranked_choices_of_lm_eval_are_read_and_scored(string line)
    {
        var sample = Read(line).Should().ContainSingle().Subject;
        sample.Choices.Should().Equal(new ChoiceLikelihood(-2.5, false), new ChoiceLikelihood(-3, true));
        sample.Requests[1].Should().Be(new BenchmarkRequest("Question: Why?\nAnswer:", " because"));
        var settings = BenchmarkLibrary.Find("arc_easy").Settings;
        SampleScores.Compute(settings, sample, BenchmarkMetric.Acc).Should().Be(0);
        SampleScores.Compute(settings, sample, BenchmarkMetric.AccNorm).Should().Be(1, "-2.5 / 2 is below -3 / 7");
        SampleScores.Disagreements(settings, [sample]).Should().BeEmpty();
    }

    /// <summary>As Python's <c>str</c> writes them.</summary>
    [Theory]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("-2.5e-05", -2.5e-5)]
    [InlineData("-3.0", -3.0)]
    public void Log_likelihoods_are_read_and_written_as_Python_writes_them(string text, double value)
    {
        var samples = Read(Ranked.Replace("\"-3.0\"", $"\"{text}\"", StringComparison.Ordinal));
        samples[0].Choices[1].LogLikelihood.Should().Be(value);
        var path = Path.Combine(_folder.Path, "samples_y.jsonl");
        BenchmarkSamples.Write(path, samples);
        File.ReadAllText(path).Should().Contain($"""[["{text}","True"]]""");
    }

    [Fact]
    public void A_logged_score_that_the_facts_contradict_is_said()
    {
        var samples = Read(Ranked.Replace("\"acc\": 0.0", "\"acc\": 1.0", StringComparison.Ordinal));
        SampleScores.Disagreements(BenchmarkLibrary.Find("arc_easy").Settings, samples).Should().ContainSingle()
            .Which.Should().Contain("acc of 1 of 1 samples").And.Contain("doc_id 3");
    }

    [Fact]
    public void A_response_of_lm_eval_is_read_and_scored()
    {
        var sample = Read(Written).Should().ContainSingle().Subject;
        (sample.Responses[0], sample.Filtered[0], sample.Filter).Should().Be(("It is 4.", "4.", "flexible-extract"));
        SampleScores.Compute(BenchmarkLibrary.Find("gsm8k").Settings, [sample]).Should().ContainKey("exact_match,flexible-extract")
            .WhoseValue.Should().Equal(1);
    }

    [Fact]
    public void Documents_that_a_profile_leaves_out_are_said()
    {
        const string Row = """{"id": "a", "question": {"stem": "?", "choices": [CHOICES]}, "answerKey": "A"}""";
        string[] choices = [.. "ABCD".Select(letter => $$"""{"text": "t", "label": "{{letter}}"}""")];
        _folder.Write("arc.jsonl", string.Concat(new[] { 4, 3, 4 }.Select(count =>
            Row.Replace("CHOICES", string.Join(", ", choices.Take(count)), StringComparison.Ordinal) + "\n")));
        var task = BenchmarkTask.Load(BenchmarkLibrary.Find("ARC-c", "opencompass").Settings, null, _folder.Path, data: ["arc.jsonl"]);
        task.Documents.Should().HaveCount(2);
        task.Notes.Should().Contain("ARC-c: 1 documents without 4 choices are left out, as by opencompass");
        task.Target(task.Documents[0]).Should().Be("A");
    }

    [Fact]
    public void Responses_without_an_answer_are_counted_by_filter()
    {
        var found = Read(Written)[0];
        var missing = found with { Filtered = ["[invalid]"] };
        SampleScores.Unparsed([found, missing, missing with { Filter = BenchmarkSamples.NoFilter, Filtered = [string.Empty] }])
            .Should().Equal(new Dictionary<string, int> { ["flexible-extract"] = 1 });
    }

    [Fact]
    public void What_is_written_reads_back_and_has_the_fields_of_lm_eval()
    {
        var sample = Read(Ranked)[0] with { Doc = new JsonObject { ["question"] = "Wörter \"und\" \U0001F600" } };
        var path = Path.Combine(_folder.Path, "samples_x.jsonl");
        BenchmarkSamples.Write(path, [sample, Read(Written)[0]]);
        var line = JsonNode.Parse(File.ReadAllLines(path)[0])!.AsObject();
        line.Select(member => member.Key).Should().Equal(
            "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash",
            "target_hash", "acc", "acc_norm");
        line["resps"]!.ToJsonString().Should().Be("""[[["-2.5","False"]],[["-3.0","True"]]]""");
        line["prompt_hash"]!.GetValue<string>().Should().Be(RequestHash.Compute("Question: Why?\nAnswer:"));
        var back = BenchmarkSamples.Read(path);
        back[0].Choices.Should().Equal(sample.Choices);
        back[0].Doc.ToJsonString().Should().Be(sample.Doc.ToJsonString());
        (back[1].Responses[0], back[1].Filtered[0], back[1].Scores["exact_match"]).Should().Be(("It is 4.", "4.", 1.0));
    }

    [Theory]
    [InlineData("\"arguments\"", "\"other\"", "'arguments' must be there")]
    [InlineData("\"doc_id\": 3", "\"doc_id\": -1", "'doc_id' must be a whole number")]
    [InlineData("\"target\": \"1\", ", "", "'target' must be there")]
    [InlineData("[[\"-3.0\", \"True\"]]", "[[\"nan\", \"True\"]]", "'resps' must hold a log-likelihood")]
    [InlineData(", [[\"-3.0\", \"True\"]]]", "]", "'resps' must have an item for each of the 2 requests")]
    [InlineData("[[\"-2.5\", \"False\"]], [[\"-3.0\", \"True\"]]", "[], []", "'resps' must hold a log-likelihood")]
    [InlineData("[[\"-2.5\", \"False\"]]", "[[\"\\ud83d\", \"False\"]]", "'resps' holds half of a surrogate pair")]
    [InlineData("\"target\": \"1\"", "\"target\": \"\\ud83d\"", "'target' holds half of a surrogate pair")]
    [InlineData("{\"stem\": \"Why?\"}", "{\"stem\": [\"\\udc00\"]}", "'doc.question.stem' holds half of a surrogate pair")]
    [InlineData("\"arg_1\": \" so\"", "\"arg_1\": \"\\ud83d\"", "'arguments' holds half of a surrogate pair")]
    public void A_damaged_line_is_named(string part, string other, string complaint) =>
        FluentActions.Invoking(() => Read(Ranked.Replace(part, other, StringComparison.Ordinal)))
            .Should().Throw<ReproException>().WithMessage($"*samples_x.jsonl:1: {complaint}*");

    [Theory]
    [InlineData("[[\"It is 4.\"]]", "[[\"\\ud83d\"]]", "'resps' holds half of a surrogate pair")]
    [InlineData("[\"4.\"]", "[\"\\ud83d\"]", "'filtered_resps' holds half of a surrogate pair")]
    public void Half_of_a_surrogate_pair_in_what_was_written_is_named(string part, string other, string complaint) =>
        FluentActions.Invoking(() => Read(Written.Replace(part, other, StringComparison.Ordinal)))
            .Should().Throw<ReproException>().WithMessage($"*samples_x.jsonl:1: {complaint}*");

    /// <summary>What versions and settings of lm-eval write otherwise, with the same facts.</summary>
    [Theory]
    [InlineData("[[[\"-2.5\", \"False\"]], [[\"-3.0\", \"True\"]]]", "[[\"-2.5\", \"False\"], [\"-3.0\", \"True\"]]")]
    [InlineData("[[\"-2.5\", \"False\"]]", "[[\"-2.5\", \"False\"], [\"-9\", \"True\"], [\"-9\", \"True\"]]")]
    [InlineData("\"filtered_resps\": [[\"-2.5\", \"False\"], [\"-3.0\", \"True\"]]", "\"filtered_resps\": null")]
    public void Log_likelihoods_without_a_list_of_tries_or_with_several_are_read(string part, string other)
    {
        var line = Ranked.ReplaceLineEndings(" ");
        line.Should().Contain(part);
        Read(line.Replace(part, other, StringComparison.Ordinal))[0].Choices
            .Should().Equal(new ChoiceLikelihood(-2.5, false), new ChoiceLikelihood(-3, true));
    }

    [Fact]
    public void An_answer_that_a_filter_did_not_find_is_none_and_one_that_is_not_logged_is_named()
    {
        var none = Read(Written.Replace("[\"4.\"]", "[null]", StringComparison.Ordinal));
        none[0].Filtered.Should().Equal(string.Empty);
        SampleScores.Unparsed(none).Should().ContainKey("flexible-extract").WhoseValue.Should().Be(1);
        FluentActions.Invoking(() => Read(Written.Replace("[\"4.\"]", "null", StringComparison.Ordinal)))
            .Should().Throw<ReproException>().WithMessage("*samples_x.jsonl:1: 'filtered_resps' must be the answers*");
    }

    /// <summary>With repeats and no filter that takes one of them, lm-eval logs a list.</summary>
    [Fact]
    public void Several_answers_where_one_is_compared_are_named()
    {
        var several = Read(Written.Replace("[\"4.\"]", "[[\"4.\", \"5.\"]]", StringComparison.Ordinal));
        FluentActions.Invoking(() => SampleScores.Compute(BenchmarkLibrary.Find("gsm8k").Settings, several))
            .Should().Throw<ReproException>().WithMessage("doc_id 1: the filter flexible-extract left 2 answers; exact_match needs one.");
    }

    [Fact]
    public void A_document_that_comes_twice_with_one_filter_is_named()
    {
        var line = Written.ReplaceLineEndings(" ").Trim();
        Read(line + "\n" + line.Replace("flexible-extract", "strict-match", StringComparison.Ordinal)).Should().HaveCount(2);
        FluentActions.Invoking(() => Read(line + "\n" + line)).Should().Throw<ReproException>()
            .WithMessage("*samples_x.jsonl:2: 'doc_id' must come once for each filter; 1 with filter flexible-extract is there already*");
    }

    [Fact]
    public void A_target_that_is_no_choice_is_refused() =>
        FluentActions.Invoking(() => SampleScores.Compute(BenchmarkLibrary.Find("arc_easy").Settings,
                Read(Ranked.Replace("\"target\": \"1\"", "\"target\": \"9\"", StringComparison.Ordinal))))
            .Should().Throw<ReproException>().WithMessage("doc_id 3: the target '9' is none of the choices.");

    /// <summary>
    /// Of 8 documents the first model alone has 4 right, the second alone 1: McNemar p = 2 * (1 + 5) / 2^5 = 0.375.
    /// With a second comparison of p 1 Holm doubles it: 0.75.
    /// </summary>
    [Fact]
    public void Two_models_are_compared_document_by_document()
    {
        var settings = BenchmarkLibrary.Find("arc_easy").Settings;
        bool[] first = [true, true, true, true, false, true, false, false];
        bool[] second = [false, false, false, false, true, true, false, false];
        var aligned = BenchmarkComparison.Align(Samples(first), [.. Samples(second).AsEnumerable().Reverse()]);
        (aligned.Pairs.Count, aligned.Key, aligned.OnlyFirst).Should().Be((8, BenchmarkComparison.Key.Document, 0));
        var score = BenchmarkComparison.Compare(settings, "arc_easy", aligned.Pairs)[0];
        (score.Metric, score.OnlyFirst, score.OnlySecond, score.Difference).Should().Be(("acc,none", 4, 1, 0.375));
        score.PValue.Should().BeApproximately(0.375, 1e-12);
        (score.Interval.Lower <= 0.375 && score.Interval.Upper >= 0.375).Should().BeTrue();
        BenchmarkComparison.Adjust([score, score with { PValue = 1 }])[0].AdjustedPValue.Should().BeApproximately(0.75, 1e-12);
        BenchmarkComparison.LargestDifference(aligned.Pairs).Should().Be(2);
        BenchmarkComparison.Differences(settings, aligned.Pairs).Where(found => found.Scores.ContainsKey("acc"))
            .Select(found => found.DocId).Should().Equal(0, 1, 2, 3, 4);
    }

    [Fact]
    public void Documents_of_another_program_are_found_by_their_prompts()
    {
        var ours = Samples([true, false, true]);
        var others = ours.Select(sample => sample with { DocHash = Invariant($"other {sample.DocId}") }).Take(2).ToList();
        var aligned = BenchmarkComparison.Align(ours, others);
        (aligned.Pairs.Count, aligned.Key, aligned.OnlyFirst, aligned.OnlySecond).Should().Be((2, BenchmarkComparison.Key.Prompt, 1, 0));
    }

    /// <summary>Documents 0 to 3 against 2 to 5, each numbered from 0: two are in both, and no place has the same document.</summary>
    [Fact]
    public void Parts_that_overlap_are_paired_by_their_documents_and_never_by_place()
    {
        var all = Samples([true, true, false, true, false, false]);
        List<BenchmarkSample> later = [.. all.Skip(2).Select((sample, place) => sample with { DocId = place })];
        var aligned = BenchmarkComparison.Align(all[..4], later);
        (aligned.Pairs.Count, aligned.Key, aligned.OnlyFirst, aligned.OnlySecond).Should().Be((2, BenchmarkComparison.Key.Document, 2, 2));
        aligned.Pairs.Should().OnlyContain(pair => pair.First.DocHash == pair.Second.DocHash);
    }

    public void Dispose() => _folder.Dispose();

    private static List<BenchmarkSample> Samples(bool[] right) => [.. right.Select((isRight, i) => new BenchmarkSample
    {
        DocId = i,
        Doc = new JsonObject { ["id"] = i },
        Target = "0",
        Requests = [new(Invariant($"Question {i}:"), " yes"), new(Invariant($"Question {i}:"), " no")],
        Choices = [new(-2, false), new(isRight ? -3 : -1, false)],
        DocHash = Invariant($"hash {i}"),
    })];

    private IReadOnlyList<BenchmarkSample> Read(string line) =>
        BenchmarkSamples.Read(_folder.Write("samples_x.jsonl", line.Contains("}\n{", StringComparison.Ordinal) ? line
            : line.ReplaceLineEndings(" ").Trim() + "\n"));
}
