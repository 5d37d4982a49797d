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

    // Table 13 prints 60%, 72%, 64% and 44% of 25 for the absolute reward model.
    [Theory]
    [InlineData(new[] { 15, 18, 16, 11 }, Verdict.Holds)]
    [InlineData(new[] { 14, 19, 16, 11 }, Verdict.Holds)]
    [InlineData(new[] { 12, 18, 16, 11 }, Verdict.Qualified)]
    [InlineData(new[] { 11, 18, 16, 11 }, Verdict.Inconclusive)]
    [InlineData(new[] { 15, 4, 16, 11 }, Verdict.Contradicted)]
    public void Shares_are_compared_with_the_printed_ones_by_prompt(int[] agreeing, Verdict expected)
    {
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), agreeing);
        Verify("CRS-T13-abs").Verdict.Should().Be(expected);
    }

    [Fact]
    public void Scores_belong_to_the_run_beside_them_whose_settings_say_what_it_is()
    {
        SyntheticRelease.Score(_runs.File("responses/a/scores.jsonl"), [15, 18, 16, 11]);
        var result = Verify("CRS-T13-abs");
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("repro score --model").And.Contain("responses.jsonl");
        File.WriteAllText(_runs.File(RunRoles.FileName), "scores:\n  responses/a/scores.jsonl: b\n");
        Verify("CRS-T13-abs").Verdict.Should().Be(Verdict.Holds);
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
    [InlineData(3, Verdict.Holds)]
    [InlineData(1, Verdict.Inconclusive)]
    [InlineData(0.3, Verdict.Contradicted)]
    public void The_wider_scores_are_those_of_the_preference_model(double scale, Verdict expected)
    {
        SyntheticRelease.Score(_runs.File("responses/a/scores.jsonl"), [15, 18, 16, 11], scale);
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [15, 18, 16, 11]);
        Verify("CRS-F24-iqr").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData(22, 10, Verdict.Holds)]
    [InlineData(10, 22, Verdict.Contradicted)]
    [InlineData(15, 15, Verdict.Inconclusive)]
    public void Agreement_is_compared_outside_oasst_alone(int abs, int preference, Verdict expected)
    {
        SyntheticRelease.Score(_runs.File("responses/a/scores.jsonl"), [preference, preference, preference, 25]);
        SyntheticRelease.Score(_runs.File("responses/b/scores.jsonl"), [abs, abs, abs, 0]);
        Verify("CRS-D-abs-generalises").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData("a", "b", Verdict.Holds)]
    [InlineData("b", "a", Verdict.Contradicted)]
    public void The_more_accurate_model_of_ranked_pairs_is_found(string better, string worse, Verdict expected)
    {
        Pairs(better, 90);
        Pairs(worse, 60);
        Verify("CRS-D-pref-rm-accuracy").Verdict.Should().Be(expected);
    }

    private void Pairs(string model, int right)
    {
        Directory.CreateDirectory(_runs.File($"pairs/{model}"));
        File.WriteAllLines(_runs.File($"pairs/{model}/scores.jsonl"), Enumerable.Range(0, 100).Select(i => i % 2 == 0
            ? Invariant($$"""{"prompt":"p{{i}}","chosen":"x","rejected":"y","chosen_score":{{(i < right ? 1 : -1)}},"rejected_score":0}""")
            : Invariant($$"""{"prompt":"p{{i}}","replies":[{"text":"y","rank":1,"score":0},""")
                + Invariant($$"""{"text":"x","rank":0,"score":{{(i < right ? 1 : -1)}}}]}""")));
    }

    private ClaimResult Verify(string claim) => _runs.Verify(claim, _release);
}
