using Repro.Experiments;
using Repro.Experiments.Claims;
using Repro.Experiments.Runs;

namespace Repro.Tests.Unit.Runs;

/// <summary>Claims on curves of PPO runs, on curves of which the right verdict is known.</summary>
public sealed class PpoClaimsTests : IDisposable
{
    private readonly SyntheticRuns _runs = new SyntheticRuns().AddRewardModels();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(3, 1, Verdict.Holds)]
    [InlineData(1, 3, Verdict.Contradicted)]
    [InlineData(2, 2, Verdict.Inconclusive)]
    public void Three_seeds_decide_and_swapped_arms_turn_the_verdict(double loose, double usual, Verdict expected)
    {
        AddCoefficients(loose, usual, seeds: 3);
        _runs.Verify("CRS-F20-kl-lower-coef").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData(3, 1, Verdict.Qualified)]
    [InlineData(1, 3, Verdict.Inconclusive)]
    public void One_seed_qualifies_and_cannot_contradict(double loose, double usual, Verdict expected)
    {
        AddCoefficients(loose, usual, seeds: 1);
        var result = _runs.Verify("CRS-F20-kl-lower-coef");
        result.Verdict.Should().Be(expected);
        result.Evidence!.Findings.Should().Contain(finding => finding.Outcome == Outcome.Reservation && finding.Name == "seeds");
    }

    [Fact]
    public void Another_setting_or_model_is_named_and_qualifies()
    {
        AddCoefficients(3, 1, seeds: 3, "optimizer.learning_rate=1e-3", weights: 1_000_000);
        var result = _runs.Verify("CRS-F20-kl-lower-coef");
        result.Verdict.Should().Be(Verdict.Qualified);
        result.Evidence!.Findings.Should().Contain(finding => finding.Detail.Contains("optimizer.learning_rate 0.001 instead of 1.41E-05; "
            + "its model of 0.001 GB is not Llama-2-7B", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_files_lie_and_how_a_batch_is_split_changes_nothing()
    {
        AddCoefficients(3, 1, seeds: 3, "micro_batch_size=4", "model.device=cpu", "run.checkpoint_every=7");
        _runs.Verify("CRS-F20-kl-lower-coef").Verdict.Should().Be(Verdict.Holds);
    }

    [Fact]
    public void A_missing_run_is_named_with_the_command_that_makes_it()
    {
        AddPpo("x", "preference", 0.02, 1, Rising(1));
        var result = _runs.Verify("CRS-F20-kl-lower-coef");
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("run of preference@0.01").And.Contain("repro train configs/crs/ppo-preference.yaml")
            .And.Contain("--set kl.coefficient=0.01");
    }

    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4 }, Verdict.Holds)]
    [InlineData(new[] { 4.0, 3, 2, 1 }, Verdict.Contradicted)]
    [InlineData(new[] { 1.0, 3, 2, 4 }, Verdict.Contradicted)]
    public void Kl_rises_with_the_weight_only_in_this_order(double[] levels, Verdict expected)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            AddPpo(Invariant($"p{seed}"), "abs", 0.02, seed, Flat(levels[0], seed));
            AddPpo(Invariant($"q{seed}"), "crs", 0.02, seed, Flat(levels[1], seed), "reward.weight=0.25");
            AddPpo(Invariant($"r{seed}"), "crs", 0.02, seed, Flat(levels[2], seed), "reward.weight=0.625");
            AddPpo(Invariant($"s{seed}"), "preference", 0.02, seed, Flat(levels[3], seed));
        }

        _runs.Verify("CRS-F22-kl-weight").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData(0.001, 0.004, Verdict.Holds)]
    [InlineData(0.004, 0.001, Verdict.Contradicted)]
    public void The_reward_grows_more_slowly_with_the_larger_coefficient(double tight, double usual, Verdict expected)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            AddPpo(Invariant($"t{seed}"), "preference", 0.15, seed, Growing(RunSeries.Score, tight, seed));
            AddPpo(Invariant($"u{seed}"), "preference", 0.02, seed, Growing(RunSeries.Score, usual, seed + 9));
        }

        _runs.Verify("CRS-F23a-reward").Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData(40, Verdict.Contradicted)]
    [InlineData(301, Verdict.Holds)]
    public void Steps_are_counted(int steps, Verdict expected)
    {
        AddPpo("x", "abs", 0.02, 1, [], steps: 400);
        AddPpo("y", "abs-bounded", 0.02, 1, [], steps: steps);
        _runs.Verify("CRS-S5.4-300-steps").Verdict.Should().Be(expected);
    }

    [Fact]
    public void A_role_follows_from_the_settings_whatever_the_folder_is_called()
    {
        AddPpo("ppo-abs", "preference", 0.01, 1, []);
        AddPpo("preference", "crs", 0.02, 2, [], "reward.weight=0.625");
        var read = _runs.Read();
        read.Runs.Select(run => $"{run.Name}: {read.Roles.Of(run)}").Should().BeEquivalentTo(
            "a: rm-preference", "b: rm-absolute", "ppo-abs: preference@0.01", "preference: crs-0.625@0.02");
    }

    [Fact]
    public void Two_runs_of_one_role_and_seed_are_refused_by_name_until_a_file_says_which()
    {
        AddPpo("x", "abs", 0.02, 1, []);
        AddPpo("y", "abs", 0.02, 1, []);
        var read = _runs.Read;
        read.Should().Throw<InputException>().WithMessage($"{_runs.File("x")} and {_runs.File("y")}: both are abs@0.02 with seed 1*");
        File.WriteAllText(_runs.File(RunRoles.FileName), "runs:\n  x: none\n");
        _runs.Read().Roles.Runs("abs@0.02").Should().ContainSingle().Which.Name.Should().Be("y");
    }

    [Fact]
    public void A_damaged_line_is_named_and_half_a_last_line_is_not()
    {
        AddPpo("x", "abs", 0.02, 1, []);
        var metrics = _runs.File("x/metrics.jsonl");
        var lines = File.ReadAllLines(metrics);
        File.WriteAllLines(metrics, [.. lines[..^1], "{\"step\":4"]);
        _runs.Read().Runs.Should().Contain(run => run.Name == "x" && !run.Finished && run.Steps == 399);
        File.WriteAllLines(metrics, [.. lines[..10], "{\"step\":4", .. lines[11..]]);
        var read = _runs.Read;
        read.Should().Throw<InputException>().WithMessage($"{metrics}:11: *");
    }

    private void AddCoefficients(double loose, double usual, int seeds, string? set = null, string? more = null, string? third = null,
        long weights = 13_500_000_000)
    {
        string[] over = [.. new[] { set, more, third }.OfType<string>()];
        for (var seed = 1; seed <= seeds; seed++)
        {
            AddPpo(Invariant($"l{seed}"), "preference", 0.01, seed, Rising(loose, seed), over, weights: weights);
            AddPpo(Invariant($"u{seed}"), "preference", 0.02, seed, Rising(usual, seed + 5), over, weights: weights);
        }
    }

    private void AddPpo(string name, string kind, double coefficient, int seed, Dictionary<string, Func<int, double>> curves, string set) =>
        AddPpo(name, kind, coefficient, seed, curves, [set]);

    private void AddPpo(
        string name, string kind, double coefficient, int seed, Dictionary<string, Func<int, double>> curves, string[]? set = null,
        int steps = 400, long weights = 13_500_000_000) => _runs.Add(
            name, $"crs/ppo-{kind}", [Invariant($"kl.coefficient={coefficient}"), Invariant($"seed={seed}"), .. set ?? []],
            curves, steps, weights);

    private static Dictionary<string, Func<int, double>> Flat(double level, int seed) =>
        new() { [RunSeries.Kl] = step => level + SyntheticRuns.Noise(step, seed) };

    private static Dictionary<string, Func<int, double>> Rising(double level, int seed = 1) =>
        new() { [RunSeries.Kl] = step => (level * step / 400) + SyntheticRuns.Noise(step, seed) };

    private static Dictionary<string, Func<int, double>> Growing(string metric, double slope, int seed) =>
        new() { [metric] = step => (slope * step) + SyntheticRuns.Noise(step, seed) };
}
