using Repro.Core;
using Repro.Core.Chat;
using Repro.Experiments.Claims;
using Repro.Experiments.Runs;

namespace Repro.Tests.Unit.Runs;

/// <summary>Claims on scores of reward models, on scores of which the right verdict is known.</summary>
public sealed class ScoreClaimsTests : IDisposable
{
    private readonly SyntheticRuns _runs = new SyntheticRuns().AddRewardModels();
    private readonly SyntheticRelease _release = new();

    public void Dispose()
    {
        _runs.Dispose();
        _release.Dispose();
    }

    // Table 13 prints 60%, 72%, 64% and 44% of 25 for the absolute reward model, the others stand in the next test.
    [Theory]
    [InlineData(new[] { 15, 18, 16, 11 }, 1, Verdict.Holds)]
    [InlineData(new[] { 14, 19, 16, 11 }, 1, Verdict.Holds)]
    [InlineData(new[] { 12, 18, 16, 11 }, 3, Verdict.Qualified)]
    [InlineData(new[] { 11, 18, 16, 11 }, 3, Verdict.Inconclusive)]
    [InlineData(new[] { 15, 4, 16, 11 }, 3, Verdict.Contradicted)]
    [InlineData(new[] { 15, 4, 16, 11 }, 2, Verdict.Inconclusive)]
    public void Shares_are_compared_with_the_printed_ones_by_prompt(int[] agreeing, int seeds, Verdict expected)
    {
        Score("b", "rm-absolute", seeds, agreeing);
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(expected, result.Evidence!.Explanation);
    }

    // Tables 13, 18 and 19; each is wrong for another one of its table.
    [Theory]
    [InlineData("CRS-T13-abs", "b", new[] { 15, 18, 16, 11 }, Verdict.Holds)]
    [InlineData("CRS-T13-pref", "a", new[] { 9, 11, 17, 14 }, Verdict.Holds)]
    [InlineData("CRS-T18-abs", "b", new[] { 13, 15, 16, 11 }, Verdict.Holds)]
    [InlineData("CRS-T18-pref", "a", new[] { 11, 14, 8, 12 }, Verdict.Holds)]
    [InlineData("CRS-T19-abs", "b", new[] { 14, 18, 14, 9 }, Verdict.Holds)]
    [InlineData("CRS-T19-pref", "a", new[] { 15, 18, 13, 11 }, Verdict.Holds)]
    [InlineData("CRS-T13-pref", "a", new[] { 25, 25, 25, 25 }, Verdict.Contradicted)]
    [InlineData("CRS-T18-abs", "b", new[] { 0, 0, 0, 0 }, Verdict.Contradicted)]
    [InlineData("CRS-T18-pref", "a", new[] { 25, 25, 25, 25 }, Verdict.Contradicted)]
    [InlineData("CRS-T19-abs", "b", new[] { 0, 0, 0, 0 }, Verdict.Contradicted)]
    [InlineData("CRS-T19-pref", "a", new[] { 0, 0, 0, 0 }, Verdict.Contradicted)]
    public void Every_row_of_the_three_tables_is_compared(string claim, string model, int[] agreeing, Verdict expected)
    {
        Verify(claim).Verdict.Should().Be(Verdict.NotRun);
        Score(model, model == "a" ? "rm-preference" : "rm-absolute", 3, agreeing);
        var result = Verify(claim);
        result.Verdict.Should().Be(expected, result.Evidence!.Explanation);
    }

    [Fact]
    public void A_reward_model_trained_otherwise_qualifies_and_cannot_contradict()
    {
        Score("b", "rm-absolute", 3, [15, 18, 16, 11], "batch_size=16");
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.Qualified);
        result.Evidence!.Explanation.Should().Contain("batch_size 16 instead of 128");
        Score("b", "rm-absolute", 3, [0, 0, 0, 0], "batch_size=16");
        Verify("CRS-T13-abs").Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Scores_without_a_record_belong_to_the_run_beside_them_whose_settings_say_what_it_is()
    {
        SyntheticRelease.Score(_runs.File("responses/a/scores.jsonl"), [15, 18, 16, 11]);
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("repro score --model").And.Contain("responses.jsonl");
        File.WriteAllText(_runs.File(RunRoles.FileName), "scores:\n  responses/a/scores.jsonl: b\n");
        result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.Qualified, "nothing shows that b made them");
        result.Evidence!.Findings.Should().Contain(finding => finding.Name == "attribution" && finding.Outcome == Outcome.Reservation);
    }

    [Fact]
    public void Scores_belong_to_the_reward_model_whose_weights_gave_them_wherever_they_lie()
    {
        SyntheticRelease.Score(_runs.File("anywhere/scores.jsonl"), [15, 18, 16, 11], maker: _runs.Made("b"));
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.Holds, result.Evidence?.Explanation ?? result.Error);
        _runs.Read().Describe().Should().NotContain(line => line.Contains("not used", StringComparison.Ordinal));
    }

    [Fact]
    public void Scores_of_other_weights_than_those_of_the_run_they_lie_with_are_refused()
    {
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [15, 18, 16, 11], maker: _runs.Made("b"));
        var before = ((string)_runs.Made("b")["weights"]!)[..12];
        File.WriteAllText(_runs.File("b/final/model.safetensors"), "trained on");
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().BeNull();
        result.Error.Should().Contain(_runs.File("responses/b/scores.jsonl")).And.Contain("lies with the run b").And.Contain(before)
            .And.Contain(((string)_runs.Made("b")["weights"]!)[..12]);
        File.Delete(_runs.File("b/final/model.safetensors"));
        result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.Qualified, "there is nothing to compare with");
        result.Evidence!.Explanation.Should().Contain("(b) made it, and b has no weights here to compare them with")
            .And.NotContain(_runs.Folder);
    }

    [Fact]
    public void An_adapter_is_known_with_the_weights_below_it()
    {
        var made = _runs.Made("b");
        File.Move(_runs.File("b/final/model.safetensors"), _runs.File("b/final/adapter_model.safetensors"));
        var adapter = (string)_runs.Made("b")["weights"]!;
        (made["adapter"], made["weights"]) = (adapter, (string)_runs.Made("base")["weights"]!);
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [15, 18, 16, 11], maker: made);
        Verify("CRS-T13-abs").Verdict.Should().Be(Verdict.Holds);
        made["weights"] = new string('9', 64);
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [15, 18, 16, 11], maker: made);
        Verify("CRS-T13-abs").Error.Should().Contain("on 999999999999").And.Contain("adapter is the same on other weights");

        // A run that does not say what it began with leaves open whether that is the same.
        File.WriteAllText(_runs.File("b/environment.json"), """{"sessions":[],"files":{}}""");
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.Qualified);
        result.Evidence!.Explanation.Should().Contain("999999999999; b does not record on which weights it trained the adapter");
    }

    [Fact]
    public void Another_tokenizer_or_template_than_that_of_the_run_is_a_reservation()
    {
        var made = _runs.Made("b");
        (made["tokenizer"], made["template"]) = (new string('1', 64), new string('2', 64));
        File.WriteAllText(_runs.File("b/final/tokenizer.json"), "{}");
        File.WriteAllText(_runs.File("b/final/chat_template.jinja"), "{{ messages }}");
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [15, 18, 16, 11], maker: made);
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.Qualified);
        result.Evidence!.Explanation.Should().Contain("another tokenizer than that of b").And.Contain("another chat template than the one");
        made["tokenizer"] = FileSeal.Compute(_runs.File("b/final/tokenizer.json")).Sha256;
        made["template"] = ChatForms.HashOf(_runs.File("b/final"));
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [15, 18, 16, 11], maker: made);
        Verify("CRS-T13-abs").Verdict.Should().Be(Verdict.Holds);
    }

    [Theory]
    [InlineData("\"weights\":\"", "\"weights\":\"x", "'weights' must be a SHA-256 of 64 digits, found 'x")]
    [InlineData("\"model\":", "\"name\":", "an object with 'model' and 'weights' was expected")]
    public void A_damaged_record_is_named_with_its_line(string old, string now, string message)
    {
        var file = _runs.File("responses/b/scores.jsonl");
        SyntheticRelease.Score(file, [15, 18, 16, 11], maker: _runs.Made("b"));
        var lines = File.ReadAllLines(file);
        lines[2] = lines[2].Replace(old, now, StringComparison.Ordinal);
        File.WriteAllLines(file, lines);
        Verify("CRS-T13-abs").Error.Should().Contain($"{file}:3: scored_by").And.Contain(message);
        lines[2] = lines[2].Replace(now, old, StringComparison.Ordinal)
            .Replace((string)_runs.Made("b")["weights"]!, new string('7', 64), StringComparison.Ordinal);
        File.WriteAllLines(file, lines);
        Verify("CRS-T13-abs").Error.Should().Contain($"{file}:3: is scored by another model");
    }

    [Fact]
    public void A_response_without_a_score_is_missing()
    {
        var file = _runs.File("responses/b/scores.jsonl");
        SyntheticRelease.Score(file, [15, 18, 16, 11]);
        File.WriteAllLines(file, File.ReadAllLines(file)[4..]);
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("to 1 of 100 prompts");
    }

    [Fact]
    public void A_row_without_a_score_is_named_with_its_line()
    {
        var file = _runs.File("responses/b/scores.jsonl");
        SyntheticRelease.Score(file, [15, 18, 16, 11]);
        File.AppendAllLines(file, ["{\"prompt\":\"p\",\"response\":\"r\"}"]);
        Verify("CRS-T13-abs").Error.Should().Contain("scores.jsonl:401").And.Contain("'score' must be a number");
    }

    [Theory]
    [InlineData(3, 3, Verdict.Holds)]
    [InlineData(0.3, 3, Verdict.Contradicted)]
    [InlineData(3, 1, Verdict.Qualified)]
    [InlineData(0.3, 1, Verdict.Inconclusive)]
    [InlineData(1, 1, Verdict.Inconclusive)]
    public void The_wider_scores_are_those_of_the_preference_model(double scale, int seeds, Verdict expected)
    {
        Score("a", "rm-preference", seeds, [15, 18, 16, 11], scale: scale);
        Score("b", "rm-absolute", seeds, [15, 18, 16, 11]);
        Verify("CRS-F24-iqr").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData(22, 10, 3, Verdict.Holds)]
    [InlineData(10, 22, 3, Verdict.Contradicted)]
    [InlineData(15, 15, 3, Verdict.Inconclusive)]
    [InlineData(22, 10, 2, Verdict.Qualified)]
    [InlineData(10, 22, 2, Verdict.Inconclusive)]
    public void Agreement_is_compared_outside_oasst_alone(int abs, int preference, int seeds, Verdict expected)
    {
        Score("a", "rm-preference", seeds, [preference, preference, preference, 25]);
        Score("b", "rm-absolute", seeds, [abs, abs, abs, 0]);
        Verify("CRS-D-abs-generalises").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData("b", "a", 3, Verdict.Holds)]
    [InlineData("a", "b", 3, Verdict.Contradicted)]
    [InlineData("b", "a", 1, Verdict.Qualified)]
    public void The_model_whose_scores_follow_length_is_found(string follows, string other, int seeds, Verdict expected)
    {
        foreach (var (model, sign) in new[] { (follows, 1), (other, -1) })
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                var name = Model(model, model == "a" ? "rm-preference" : "rm-absolute", seed);
                SyntheticRelease.Score(_runs.File($"responses/{name}/scores.jsonl"), [25, 25, 25, 25], text => sign * text.Length,
                    _runs.Made(name));
            }
        }

        Verify("CRS-D-length-bias").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData("a", "b", 3, Verdict.Holds)]
    [InlineData("b", "a", 3, Verdict.Contradicted)]
    [InlineData("a", "b", 1, Verdict.Qualified)]
    [InlineData("b", "a", 1, Verdict.Inconclusive)]
    public void The_more_accurate_model_of_ranked_pairs_is_found(string better, string worse, int seeds, Verdict expected)
    {
        foreach (var (model, right) in new[] { (better, 90), (worse, 60) })
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                Pairs(Model(model, model == "a" ? "rm-preference" : "rm-absolute", seed), right + seed);
            }
        }

        Verify("CRS-D-pref-rm-accuracy").Verdict.Should().Be(expected);
    }

    [Fact]
    public void Two_reward_models_with_one_seed_are_refused_by_name()
    {
        Score("b", "rm-absolute", 1, [15, 18, 16, 11]);
        _runs.Add("again", "crs/rm-absolute", steps: 5);
        _runs.Add("b1", "crs/rm-absolute", steps: 5);
        SyntheticRelease.Score(_runs.File("responses/again/scores.jsonl"), [15, 18, 16, 11]);
        Verify("CRS-T13-abs").Error.Should().Contain(_runs.File("again")).And.Contain(_runs.File("b1"))
            .And.Contain("both are rm-absolute with seed 90");
    }

    private void Score(string model, string config, int seeds, int[] agreeing, string? set = null, double scale = 1)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            var name = Model(model, config, seed, set);
            SyntheticRelease.Score(
                _runs.File($"responses/{name}/scores.jsonl"), agreeing, scale * (1 + (seed * 0.01)), _runs.Made(name));
        }
    }

    private string Model(string model, string config, int seed, string? set = null)
    {
        var name = Invariant($"{model}{seed}");
        _runs.Add(name, $"crs/{config}", [Invariant($"seed={seed}"), .. new[] { set }.OfType<string>()], steps: 5);
        return name;
    }

    private void Pairs(string model, int right)
    {
        Directory.CreateDirectory(_runs.File($"pairs/{model}"));
        var by = $",\"scored_by\":{_runs.Made(model).ToJsonString()}}}";
        File.WriteAllLines(_runs.File($"pairs/{model}/scores.jsonl"), Enumerable.Range(0, 100).Select(i => i % 2 == 0
            ? Invariant($$"""{"prompt":"p{{i}}","chosen":"x","rejected":"y",""")
                + Invariant($$""" "chosen_score":{{(i < right ? 1 : -1)}},"rejected_score":0""") + by
            : Invariant($$"""{"prompt":"p{{i}}","replies":[{"text":"y","rank":1,"score":0},""")
                + Invariant($$"""{"text":"x","rank":0,"score":{{(i < right ? 1 : -1)}}}]""") + by));
    }

    private ClaimResult Verify(string claim) => _runs.Verify(claim, _release);
}
