using System.Text.Json;
using Repro.Core;
using Repro.Core.Evaluation.Judges;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Evaluation.Judges;

/// <summary>The length-controlled win rate against an exact solution computed elsewhere and against the published numbers.</summary>
public sealed class LengthControlTests
{
    [AlpacaEvalFact]
    [Trait("Suite", "Goldens")]
    public void Coefficients_and_rates_are_the_exact_ones()
    {
        var control = LengthControl.Read(AlpacaEvalGoldens.Folder);
        var facts = AlpacaEvalGoldens.Facts();
        var references = AlpacaEvalGoldens.Json("lc_reference.json").EnumerateArray().ToList();
        foreach (var reference in references)
        {
            var model = reference.GetProperty("model").GetString()!;
            var found = control.Rate(facts[model]);
            found.RecordedFolds.Should().BeTrue(model);
            found.C.Should().BeApproximately(reference.GetProperty("C").GetDouble(), 1e-9, model);
            Near(found.Coefficients, reference.GetProperty("exact_coef"), 1e-6, model);
            Near(found.Scores, reference.GetProperty("cv_scores"), 1e-9, model);
            found.WinRate.Should().BeApproximately(reference.GetProperty("exact_lc").GetDouble(), 1e-5, model);
            found.StandardError.Should().BeApproximately(reference.GetProperty("exact_lc_se").GetDouble(), 1e-6, model);
        }

        references.Should().NotBeEmpty();
    }

    /// <summary>liblinear stops at a tolerance of 1e-4, which moves the published rates by up to 0.131.</summary>
    [AlpacaEvalFact]
    [Trait("Suite", "Goldens")]
    public void Rates_lie_within_0_15_points_of_the_published_ones()
    {
        var control = LengthControl.Read(AlpacaEvalGoldens.Folder);
        var published = AlpacaEvalGoldens.Leaderboard("weighted_alpaca_eval_gpt4_turbo");
        var facts = AlpacaEvalGoldens.Facts().Where(model => published.ContainsKey(model.Key)).ToList();
        var off = facts.Select(model => (Model: model.Key,
            Points: Math.Abs(control.Rate(model.Value).WinRate - published[model.Key].Number("length_controlled_winrate")))).ToList();
        off.Should().NotBeEmpty().And.OnlyContain(model => model.Points <= 0.15);
        off.Select(model => model.Points).Order().ElementAt(off.Count / 2).Should().BeLessThan(0.005);
    }

    [AlpacaEvalFact]
    public void An_interval_over_instructions_holds_the_rate_and_is_wider_than_the_standard_error_says()
    {
        var control = LengthControl.Read(AlpacaEvalGoldens.Folder);
        var rows = AlpacaEvalGoldens.Facts()["alpaca-7b"];
        var rate = control.Rate(rows);
        var interval = control.Interval(rows, rate.C, resamples: 100);
        interval.Lower.Should().BeLessThan(rate.WinRate);
        interval.Upper.Should().BeGreaterThan(rate.WinRate);
        (interval.Upper - interval.Lower).Should().BeGreaterThan(2 * 1.96 * rate.StandardError);
    }

    /// <summary>A third of all resamples of these rows has equal differences of length alone, which cannot be fitted.</summary>
    [Fact]
    public void An_interval_of_few_rows_is_that_of_the_resamples_that_can_be_fitted()
    {
        using var folder = new TemporaryFolder();
        folder.Write("df_gamed.csv", "std_delta_len,instruction_difficulty,preference\n1,0.5,0.6\n-1,0.5,0.4\n0.8,-0.3,0.5\n");
        folder.Write("instruction_difficulty.csv", "instruction_difficulty\n0.5\n-0.3\n0.1\n");
        var control = LengthControl.Read(folder.Path);
        LengthControlRow[] rows = [new(0, 1.2, 10, 20), new(1, 1.9, 30, 20), new(2, 1.7, 10, 20)];
        control.Rate(rows).WinRate.Should().BeInRange(0, 100);
        var interval = control.Interval(rows, c: 100, resamples: 100);
        interval.Lower.Should().BeInRange(0, 100).And.BeLessThan(interval.Upper);
        interval.Upper.Should().BeInRange(0, 100);
        control.Interval(rows, c: 100, resamples: 100).Should().Be(interval);
    }

    [AlpacaEvalFact]
    public void Rows_that_cannot_be_are_refused()
    {
        var control = LengthControl.Read(AlpacaEvalGoldens.Folder);
        LengthControlRow[] rows = [new(0, 1.2, 10, 20), new(1, 1.9, 30, 20)];
        control.Invoking(c => c.Rate([rows[0], rows[1] with { Index = 805 }])).Should().Throw<ReproException>().WithMessage("row 805*");
        control.Invoking(c => c.Rate([rows[0], rows[1] with { Preference = 0.5 }])).Should().Throw<ReproException>().WithMessage("*0.5*");
        control.Invoking(c => c.Rate([rows[0], rows[0]])).Should().Throw<ReproException>().WithMessage("*length*");
    }

    private static void Near(IReadOnlyList<double> found, JsonElement expected, double tolerance, string model)
    {
        found.Should().HaveCount(expected.GetArrayLength());
        foreach (var (value, index) in expected.EnumerateArray().Select((value, index) => (value, index)))
        {
            var number = value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
            (Math.Abs(found[index] - number) <= tolerance || (double.IsNaN(found[index]) && double.IsNaN(number)))
                .Should().BeTrue(Invariant($"{model} {index}: {number} was expected, {found[index]} found"));
        }
    }
}
