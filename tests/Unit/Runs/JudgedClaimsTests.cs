using System.Text.Json.Nodes;
using Repro.Experiments.Claims;
using Repro.Experiments.Runs;

namespace Repro.Tests.Unit.Runs;

/// <summary>Claims on judged answers, on judgements of which the right verdict is known.</summary>
public sealed class JudgedClaimsTests : IDisposable
{
    private const string Judge = "gpt-4-1106-preview";
    private readonly SyntheticRuns _runs = new SyntheticRuns().AddRewardModels();
    private readonly SyntheticRelease _release = new();

    public JudgedClaimsTests() => Answers("sft", SyntheticRuns.ThesisSampling);

    public void Dispose()
    {
        _runs.Dispose();
        _release.Dispose();
    }

    // Wins of the four policies against sft, of 100 prompts.
    [Theory]
    [InlineData("CRS-D-abs-better", 45, 40, 35, 25, Verdict.Holds)]
    [InlineData("CRS-D-abs-better", 25, 35, 40, 45, Verdict.Contradicted)]
    [InlineData("CRS-D-abs-better", 35, 35, 35, 35, Verdict.Inconclusive)]
    [InlineData("CRS-D-crs-between", 60, 50, 40, 25, Verdict.Holds)]
    [InlineData("CRS-D-crs-between", 25, 40, 50, 60, Verdict.Contradicted)]
    [InlineData("CRS-D-sft-best", 35, 30, 25, 20, Verdict.Holds)]
    [InlineData("CRS-D-sft-best", 35, 30, 25, 75, Verdict.Contradicted)]
    [InlineData("CRS-D-sft-best", 35, 30, 25, 49, Verdict.Inconclusive)]
    [InlineData("CRS-D-weight-monotone", 60, 48, 36, 25, Verdict.Holds)]
    [InlineData("CRS-D-weight-monotone", 25, 36, 48, 60, Verdict.Contradicted)]
    public void Policies_are_compared_by_their_shares_against_the_start(
        string claim, int abs, int crs025, int crs0625, int preference, Verdict expected)
    {
        Policies("abs", "ppo-abs", abs);
        Policies("mixed", "ppo-crs", crs025, set: "reward.weight=0.25");
        Policies("more", "ppo-crs", crs0625, set: "reward.weight=0.625");
        Policies("pref", "ppo-preference", preference);
        var result = _runs.Verify(claim, _release);
        result.Error.Should().BeNull();
        result.Verdict.Should().Be(expected, result.Evidence!.Explanation);
    }

    [Fact]
    public void A_direct_comparison_counts_first()
    {
        Policies("abs", "ppo-abs", 40);
        Policies("pref", "ppo-preference", 70);
        for (var seed = 1; seed <= 3; seed++)
        {
            Annotate(Invariant($"direct/{seed}/annotations.json"), Invariant($"pref{seed}"), Invariant($"abs{seed}"), i => i < 70 + seed);
        }

        _runs.Verify("CRS-D-abs-better", _release).Verdict.Should().Be(Verdict.Holds);
    }

    [Theory]
    [InlineData(70, 40, Verdict.Qualified)]
    [InlineData(40, 70, Verdict.Inconclusive)]
    public void One_seed_qualifies_and_cannot_contradict(int abs, int preference, Verdict expected)
    {
        Policies("abs", "ppo-abs", abs, seeds: 1);
        Policies("pref", "ppo-preference", preference, seeds: 1);
        _runs.Verify("CRS-D-abs-better", _release).Verdict.Should().Be(expected);
    }

    [Theory]
    [InlineData(70, 40, Verdict.Qualified)]
    [InlineData(40, 70, Verdict.Inconclusive)]
    public void Other_settings_or_sampling_qualify_and_cannot_contradict(int abs, int preference, Verdict expected)
    {
        Policies("abs", "ppo-abs", abs, set: "batch_size=32");
        Policies("pref", "ppo-preference", preference);
        Answers("pref2", SyntheticRuns.AdrSampling);
        File.Delete(_runs.File("pref3-evaluation/answers.jsonl"));
        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().Be(expected);
        result.Evidence!.Explanation.Should().Contain("settings of abs1: batch_size 32 instead of 16")
            .And.Contain("sampling of pref2: temperature 0.95, top_p 0.99, top_k 100, max_new_tokens 2048 instead of temperature 0.8")
            .And.Contain("sampling of pref3: how its answers were drawn is not recorded");
    }

    // A run of another name is known by its weights.
    [Theory]
    [InlineData("sft")]
    [InlineData("start")]
    public void A_supervised_model_of_a_run_is_not_that_of_the_thesis(string run)
    {
        _runs.Add(run, "crs/sft");
        Policies("abs", "ppo-abs", 70);
        Policies("pref", "ppo-preference", 40);
        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().Be(Verdict.Qualified);
        result.Evidence!.Explanation.Should().Contain($"settings of {run}: is not the supervised model of the thesis' final runs");
    }

    [Theory]
    [InlineData("open-judge", true, "judge of abs1-evaluation/annotations.json")]
    [InlineData(Judge, false, "order of abs1-evaluation/annotations.json")]
    public void Another_judge_and_one_order_are_reservations(string judge, bool both, string reservation)
    {
        Policies("abs", "ppo-abs", 70, judge: judge, both: both);
        Policies("pref", "ppo-preference", 40, judge: judge, both: both);
        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().Be(Verdict.Qualified);
        result.Evidence!.Findings.Should().Contain(finding => finding.Name == reservation && finding.Outcome == Outcome.Reservation);
    }

    [Fact]
    public void A_reward_model_that_judged_is_shown_from_the_folder_of_the_runs()
    {
        Policies("abs", "ppo-abs", 70, judge: "/gpu/work/a");
        Policies("pref", "ppo-preference", 40, judge: _runs.File("a"));
        _runs.Verify("CRS-D-abs-better", _release).Evidence!.Findings
            .Where(finding => finding.Name.StartsWith("judge of ", StringComparison.Ordinal)).Should().HaveCount(6)
            .And.OnlyContain(finding => finding.Detail == "a instead of gpt-4-1106-preview");
    }

    [Fact]
    public void Prompts_of_oasst_are_told_from_the_others()
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            Add("abs", "ppo-abs", seed);
            Add("pref", "ppo-preference", seed);
            var late = 73 + seed;
            Annotate(Invariant($"direct/{seed}/annotations.json"), Invariant($"abs{seed}"), Invariant($"pref{seed}"), i => i > late);
        }

        _runs.Verify("CRS-D-pref-oasst", _release).Verdict.Should().Be(Verdict.Holds);
        _runs.Verify("CRS-D-abs-better", _release).Verdict.Should().Be(Verdict.Holds);
    }

    [Fact]
    public void Judgements_that_are_not_there_are_named_with_their_command()
    {
        Policies("abs", "ppo-abs", 70);
        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("annotations.json of preference@0.02 against sft")
            .And.Contain("repro judge run --outputs")
            .And.Contain("repro train configs/crs/ppo-preference.yaml").And.NotContain("annotations.json of abs@0.02");
    }

    [Fact]
    public void A_file_of_one_pair_twice_is_refused()
    {
        Policies("abs", "ppo-abs", 70, seeds: 1);
        Annotate("again/annotations.json", "sft", "abs1", i => i < 70);
        _runs.Verify("CRS-D-abs-better", _release).Error.Should().Contain("abs1-evaluation").And.Contain("both judge sft against abs1");
    }

    [Fact]
    public void Names_of_generators_can_be_given()
    {
        Policies("abs", "ppo-abs", 70, seeds: 1);
        Policies("pref", "ppo-preference", 40, seeds: 1);
        File.WriteAllText(_runs.File(RunRoles.FileName), "generators:\n  mine: abs@0.02\n  other: preference@0.02\n");
        Annotate("outside/annotations.json", "other", "mine", i => i < 20, named: true);
        _runs.Verify("CRS-D-abs-better", _release).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Answers_belong_to_the_run_whose_weights_gave_them_wherever_the_file_lies()
    {
        Policies("abs", "ppo-abs", 70);
        Policies("pref", "ppo-preference", 40);
        File.Delete(_runs.File("pref2-evaluation/annotations.json"));
        Annotate("elsewhere/x-annotations.json", "sft", "other", i => i < 42, maker: "pref2");
        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Error.Should().BeNull();
        result.Verdict.Should().Be(Verdict.Holds, result.Evidence!.Explanation);
        result.Evidence.Files.Should().Contain(file => file.Path == "runs/elsewhere/x-annotations.json");
        _runs.Read().Describe().Should().NotContain(line => line.Contains("not used", StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_of_other_weights_than_those_of_their_folder_are_refused_and_both_are_named()
    {
        Policies("abs", "ppo-abs", 70);
        Policies("pref", "ppo-preference", 40);
        var (of, hash) = (_runs.File("pref2/final/model.safetensors"), ((string)_runs.Made("pref2")["weights"]!)[..12]);
        File.WriteAllText(of, "trained on");
        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().BeNull();
        result.Error.Should().Contain(_runs.File("pref2-evaluation/annotations.json")).And.Contain("lies with the run pref2")
            .And.Contain(hash).And.Contain(((string)_runs.Made("pref2")["weights"]!)[..12]).And.Contain("roles.yaml");
        _runs.Read().Describe().Should().Contain(line => line.StartsWith("file pref2-evaluation/annotations.json: not used; ",
            StringComparison.Ordinal));

        // What roles.yaml says counts, with a reservation that names both.
        File.WriteAllText(_runs.File(RunRoles.FileName),
            $"generators:\n  {_runs.File("pref2-evaluation/answers.jsonl")}: preference@0.02\nruns:\n  pref1: none\n  pref3: none\n");
        result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().Be(Verdict.Qualified, result.Error);
        result.Evidence!.Findings.Should().Contain(finding => finding.Outcome == Outcome.Reservation
            && finding.Detail.Contains("roles.yaml gives it to pref2", StringComparison.Ordinal)
            && finding.Detail.Contains(hash, StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_of_another_start_than_the_runs_began_with_are_refused()
    {
        Policies("abs", "ppo-abs", 70);
        Policies("pref", "ppo-preference", 40);
        var file = _runs.File("abs1-evaluation/annotations.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace(
            (string)_runs.Made("sft")["weights"]!, new string('9', 64), StringComparison.Ordinal));
        _runs.Verify("CRS-D-abs-better", _release).Error.Should().Contain("lies with sft").And.Contain("999999999999")
            .And.Contain("the runs here began with");
    }

    [Fact]
    public void Files_without_a_record_go_by_their_folder_with_a_reservation_that_is_said_once()
    {
        foreach (var (name, config, wins) in new[] { ("abs", "ppo-abs", 70), ("pref", "ppo-preference", 40) })
        {
            for (var seed = 1; seed <= 3; seed++)
            {
                Add(name, config, seed);
                var run = Invariant($"{name}{seed}");
                var most = wins + seed;
                Annotate($"{run}-evaluation/annotations.json", "sft", run, i => i < most, recorded: false);
            }
        }

        var result = _runs.Verify("CRS-D-abs-better", _release);
        result.Verdict.Should().Be(Verdict.Qualified, result.Error);
        result.Evidence!.Findings.Where(finding => finding.Outcome == Outcome.Reservation).Should().ContainSingle()
            .Which.Should().Match<Finding>(finding => finding.Name == "attribution"
                && finding.Detail.Contains("by folder, since files such as abs1-evaluation/annotations.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_file_is_read_once_for_all_claims()
    {
        Policies("abs", "ppo-abs", 70);
        Policies("pref", "ppo-preference", 40);
        var runs = _runs.Read();
        var first = _runs.Verify("CRS-D-abs-better", _release, runs);
        first.Verdict.Should().Be(Verdict.Holds, first.Error);
        foreach (var file in Directory.EnumerateFiles(_runs.Folder, "*.json*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is "annotations.json" or "answers.jsonl").ToList())
        {
            File.Delete(file);
        }

        var again = _runs.Verify("CRS-D-abs-better", _release, runs);
        again.Verdict.Should().Be(Verdict.Holds, again.Error);
        again.Evidence!.Files.Should().BeEquivalentTo(first.Evidence!.Files);
        runs.Describe().Should().NotContain(line => line.Contains("not used", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(70, 50, 3, 1000, Verdict.Holds)]
    [InlineData(50, 70, 3, 1000, Verdict.Contradicted)]
    [InlineData(70, 50, 1, 1000, Verdict.Qualified)]
    [InlineData(50, 70, 1, 1000, Verdict.Inconclusive)]
    [InlineData(70, 50, 3, 900, Verdict.Qualified)]
    public void Adaptive_methods_are_compared_with_the_plain_ones(int adaptive, int plain, int seeds, int prompts, Verdict expected)
    {
        _runs.Verify("ADR-FULL-WIN", _release).Evidence!.Explanation.Should().Contain("annotations.json of adpo, dpo, appo, ppo, ars, rs")
            .And.Contain("for each of these as ROLE repro generate").And.Contain("--convention adr-vote");
        AddAdr(adaptive, plain, seeds, prompts);
        var result = _runs.Verify("ADR-FULL-WIN", _release);
        result.Verdict.Should().Be(expected, result.Evidence!.Explanation);
    }

    /// <summary>Supervised training of one's own lies beside what begins with it; the answers of its model may lie anywhere.</summary>
    [Theory]
    [InlineData("base")]
    [InlineData("anywhere")]
    public void The_start_is_the_start_also_where_a_run_here_made_it(string start)
    {
        _runs.Add("start", "crs/sft");
        AddAdr(70, 50, 3, 1000, start);
        var result = _runs.Verify("ADR-FULL-WIN", _release);
        result.Verdict.Should().Be(Verdict.Holds, result.Evidence!.Explanation);
    }

    private void AddAdr(int adaptive, int plain, int seeds, int prompts, string start = "base")
    {
        Answers(start, SyntheticRuns.AdrSampling);
        _runs.Add("o", "adr/orm", weights: 15_200_000_000);
        foreach (var method in new[] { "adpo", "appo", "ars", "dpo", "ppo", "rs" })
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                var wins = method[0] == 'a' ? adaptive : plain;
                var name = Invariant($"{method}{seed}");
                var shift = seed;
                _runs.Add(name, $"adr/{method}", [Invariant($"seed={seed}")], weights: 15_200_000_000);
                Annotate($"{name}-evaluation/annotations.json", start, name, i => i < (10 * wins) + shift, prompts: prompts);
                Answers(name, SyntheticRuns.AdrSampling);
            }
        }
    }

    private void Policies(string name, string config, int wins, int seeds = 3, string judge = Judge, bool both = true, string? set = null)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            var shift = seed;
            Add(name, config, seed, set);
            Annotate(
                Invariant($"{name}{seed}-evaluation/annotations.json"), "sft", Invariant($"{name}{seed}"),
                i => i < wins + shift, judge, both);
        }
    }

    private void Add(string name, string config, int seed, string? set = null)
    {
        string[] over = [Invariant($"seed={seed}"), "kl.coefficient=0.02", .. new[] { set }.OfType<string>()];
        _runs.Add(Invariant($"{name}{seed}"), $"crs/{config}", over);
        Answers(Invariant($"{name}{seed}"), SyntheticRuns.ThesisSampling);
    }

    private void Answers(string name, string sampling)
    {
        Directory.CreateDirectory(_runs.File($"{name}-evaluation"));
        File.WriteAllText(_runs.File($"{name}-evaluation/answers.jsonl"),
            $$"""{"prompt":"p","response":"r","sampling":{{sampling}},"generated_by":{{_runs.Made(name).ToJsonString()}}}""" + "\n");
    }

    // The prompts of which a condition is true are won by the second model.
    private void Annotate(
        string file, string first, string second, Func<int, bool> won, string judge = Judge, bool both = true, bool named = false,
        int prompts = SyntheticRelease.Prompts, string? maker = null, bool recorded = true)
    {
        var rows = from i in Enumerable.Range(0, prompts)
                   from switched in both ? new[] { false, true } : [false]
                   select new JsonObject
                   {
                       ["index"] = i,
                       ["instruction"] = SyntheticRelease.Question(i),
                       ["output_1"] = "one",
                       ["output_2"] = "two",
                       ["generated_by_1"] = recorded && !named ? _runs.Made(first) : null,
                       ["generated_by_2"] = recorded && !named ? _runs.Made(maker ?? second) : null,
                       ["generator_1"] = named ? first : _runs.File($"{first}-evaluation/answers.jsonl"),
                       ["generator_2"] = named ? second : _runs.File($"{second}-evaluation/answers.jsonl"),
                       ["preference"] = won(i) ? 2 : 1,
                       ["model"] = judge,
                       ["is_switched_outputs"] = switched,
                   };
        Directory.CreateDirectory(Path.GetDirectoryName(_runs.File(file))!);
        File.WriteAllText(_runs.File(file), new JsonArray([.. rows]).ToJsonString());
    }
}
