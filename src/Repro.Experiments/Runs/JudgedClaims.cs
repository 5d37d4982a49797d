using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Runs;

/// <summary>What a judge made of the policies' answers: CRS chapters 6 to 8 and ADR Figures 4 and 5. Policies that were not judged against
/// each other are compared by their shares against the model that training began with, prompt by prompt.</summary>
internal sealed class JudgedClaims(RunCollection runs) : ISpecGroup
{
    private const string Abs = "abs@0.02";
    private const string Crs025 = "crs-0.25@0.02";
    private const string Crs0625 = "crs-0.625@0.02";
    private const string Preference = "preference@0.02";
    private const string Sft = "sft";
    private const string Base = "base";
    private const int EnoughSeeds = 3;
    private const int FewestPrompts = 5;
    private const int AdrPrompts = 1000;
    private const int Resamples = 2000;
    private const ulong Seed = 6;

    private static readonly (string Adaptive, string Plain)[] Methods = [("adpo", "dpo"), ("appo", "ppo"), ("ars", "rs")];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-D-abs-better", AbsoluteIsBetter),
        new("CRS-D-crs-between", CombinedIsBetween),
        new("CRS-D-sft-best", SupervisedIsBest),
        new("CRS-D-pref-oasst", PreferenceOnOasst),
        new("CRS-D-weight-monotone", FallsWithWeight),
        new("ADR-FULL-WIN", AdaptiveWins),
    ];

    private Evidence AbsoluteIsBetter(SpecContext context) =>
        Judge(context, Sft, [new(Abs, Preference, Side.Above)]);

    private Evidence CombinedIsBetween(SpecContext context) => Judge(context, Sft,
    [
        new(Abs, Crs025, Side.Above), new(Crs025, Preference, Side.Above), new(Abs, Crs0625, Side.Above),
        new(Crs0625, Preference, Side.Above),
    ]);

    private Evidence SupervisedIsBest(SpecContext context) => Judge(context, Sft,
        [.. new[] { Abs, Crs025, Crs0625, Preference }.Select(policy => new Question(Sft, policy, Side.Above))]);

    private Evidence PreferenceOnOasst(SpecContext context)
    {
        var datasetOf = context.DatasetOfPrompt();
        return Judge(context, Sft,
        [
            new(Preference, Abs, Side.Above) { Where = " on OASST", Prompts = prompt => datasetOf.GetValueOrDefault(prompt) == "oasst" },
            new(Preference, Abs, Side.Below) { Where = " elsewhere", Prompts = prompt => datasetOf.GetValueOrDefault(prompt) != "oasst" },
        ]);
    }

    private Evidence FallsWithWeight(SpecContext context) => Judge(context, Sft,
        [new(Abs, Crs025, Side.Above), new(Crs025, Crs0625, Side.Above), new(Crs0625, Preference, Side.Above)]);

    private Evidence AdaptiveWins(SpecContext context) =>
        Judge(context, Base, [.. Methods.Select(method => new Question(method.Adaptive, method.Plain, Side.Above))]);

    private Evidence Judge(SpecContext context, string start, IReadOnlyList<Question> questions)
    {
        var evidence = new RunEvidence(context, runs);
        var judged = JudgedPolicies.Of(runs, context.Cancellation);
        var compared = questions.Select(question => (Question: question, Units: Units(judged, question, start))).ToList();
        foreach (var (question, _) in compared.Where(entry => entry.Units.Count == 0))
        {
            foreach (var role in new[] { question.First, question.Second }.Where(role => role != start))
            {
                if (!judged.Any(pair => pair.Compares(role, start)))
                {
                    evidence.Missing($"judgement of {role} against {start}", Command(role, start));
                }
            }
        }

        if (evidence.IsMissing)
        {
            return evidence.Explain();
        }

        var used = compared.SelectMany(entry => entry.Units.SelectMany(unit => unit.Files)).Distinct().ToList();
        foreach (var pair in used)
        {
            Take(evidence, pair, start);
        }

        foreach (var (question, units) in compared)
        {
            Decide(evidence, question, units, questions.Count);
        }

        return evidence.Explain();
    }

    // One a seed: the difference of both shares by prompt. A direct comparison of shares p and 1 - p has the difference 2p - 1.
    private static List<Unit> Units(IReadOnlyList<JudgedPair> judged, Question question, string start)
    {
        var direct = judged.Where(pair => pair.Compares(question.First, question.Second)).ToList();
        if (direct.Count > 0)
        {
            return [.. direct.Select(pair => new Unit(
                [pair], pair.Shares(question.First).ToDictionary(prompt => prompt.Key, prompt => (2 * prompt.Value) - 1)))];
        }

        var (first, second) = (Against(judged, question.First, start), Against(judged, question.Second, start));
        return [.. first.Zip(second, (a, b) => new Unit([a, b], Difference(a.Shares(question.First), b.Shares(question.Second))))];
    }

    private static IEnumerable<JudgedPair> Against(IReadOnlyList<JudgedPair> judged, string role, string start) =>
        judged.Where(pair => pair.Compares(role, start)).OrderBy(pair => pair.Of(role).Run?.Seed, StringComparer.Ordinal);

    private static Dictionary<string, double> Difference(
        IReadOnlyDictionary<string, double> first, IReadOnlyDictionary<string, double> second) =>
        first.Where(prompt => second.ContainsKey(prompt.Key)).ToDictionary(
            prompt => prompt.Key, prompt => prompt.Value - second[prompt.Key]);

    private static void Take(RunEvidence evidence, JudgedPair pair, string start)
    {
        var name = evidence.Runs.Name(pair.File);
        evidence.UseFile(pair.File);
        foreach (var policy in new[] { pair.First, pair.Second })
        {
            if (policy.Run is { } run)
            {
                evidence.Use(run, policy.Role);
            }
            else if (policy.Role != Base)
            {
                evidence.Limit($"settings of {policy.Role}", "no run here says how it was trained");
            }
        }

        var expected = start == Sft ? "gpt-4-1106-preview" : "gpt-4";
        if (pair.Judges.Count == 0 || !pair.Judges.All(judge => judge.StartsWith(expected, StringComparison.Ordinal)))
        {
            var judges = pair.Judges.Count == 0 ? "not recorded" : string.Join(", ", pair.Judges);
            evidence.Limit($"judge of {name}", $"{judges} instead of {expected}");
        }

        if (!pair.BothOrders)
        {
            evidence.Limit($"order of {name}", "each pair was judged in one order of its answers");
        }

        if (pair.Missing > 0)
        {
            evidence.Limit($"missing in {name}", Invariant($"{pair.Missing} pairs have no preference"));
        }

        var datasetOf = evidence.Context.DatasetOfPrompt();
        var (known, all) = start == Sft
            ? (pair.Preferences.Keys.Count(datasetOf.ContainsKey), datasetOf.Count)
            : (pair.Preferences.Count, AdrPrompts);
        if (known < all)
        {
            evidence.Limit($"prompts of {name}", Invariant($"{known} of the {all} prompts of the paper"));
        }
    }

    private static void Decide(RunEvidence evidence, Question question, List<Unit> units, int tests)
    {
        var name = $"{question.First} minus {question.Second}{question.Where}";
        var level = 1 - (VerdictRule.Level / tests);
        var differences = units.Select(unit => unit.Differences.Where(prompt => question.Prompts(prompt.Key)).ToList()).ToList();
        var prompts = differences.SelectMany(unit => unit).GroupBy(prompt => prompt.Key)
            .Select(prompt => prompt.Average(entry => entry.Value)).ToArray();
        evidence.Builder.Sample($"prompts, {name}", prompts.Length).Sample($"seeds, {name}", units.Count);
        if (prompts.Length < FewestPrompts || differences.Any(unit => unit.Count == 0))
        {
            evidence.Builder.Undecided(name, Invariant($"{prompts.Length} prompts; at least {FewestPrompts} were expected"));
            evidence.Say(Invariant($"For {name} there are {prompts.Length} prompts."));
            return;
        }

        double[] seeds = [.. differences.Select(unit => unit.Average(prompt => prompt.Value))];
        var overSeeds = units.Count >= EnoughSeeds;
        if (!overSeeds)
        {
            evidence.Limit("seeds", Invariant($"{units.Count} instead of at least {EnoughSeeds}: the interval is that over prompts"));
        }

        var mean = overSeeds ? seeds.Average() : prompts.Average();
        var interval = overSeeds
            ? new TTestResult(mean, StandardError.OfMean(seeds, 1), 0, seeds.Length - 1, 1).Interval(level)
            : Bootstrap.MeanInterval(prompts, Resamples, Seed, level);
        var method = overSeeds ? "t over runs" : "bootstrap over prompts";
        evidence.Builder.Value(name, 100 * mean)
            .RequireInterval(name, 100 * interval.Lower, 100 * interval.Upper, question.Claimed, 0, method, level);
        evidence.Say(Invariant($"The share of wins of {name} is {100 * mean:F1} points ")
            + Invariant($"[{100 * interval.Lower:F1}, {100 * interval.Upper:F1}] ")
            + Invariant($"({method}, {prompts.Length} prompts, {units.Count} seeds)."));
    }

    // What is there already is not made again.
    private string Command(string role, string start)
    {
        var folder = runs.Roles.Runs(role) is [var run, ..] ? run.Folder : $"{runs.Folder}/{role}";
        var answers = $"{folder}-evaluation/answers.jsonl";
        var baseline = $"{Path.GetDirectoryName(folder)}/{start}-evaluation/answers.jsonl";
        var (convention, sampling) = start == Sft
            ? ("alpaca_eval_gpt4_turbo_fn", "--temperature 0.8 --top-p 0.9 --max-new-tokens 512")
            : ("adr-vote", "--temperature 0.95 --top-p 0.99 --top-k 100 --max-new-tokens 2048");
        string?[] commands =
        [
            Directory.Exists(folder) ? null : PaperSettings.Command(role, runs.Folder),
            File.Exists(answers) ? null : $"repro generate --model {folder} --prompts PROMPTS {sampling} --out {answers}",
            $"repro judge run --outputs {answers} --baseline {baseline} --convention {convention} "
                + $"--out {folder}-evaluation/annotations.json",
        ];
        return string.Join("; ", commands.OfType<string>());
    }

    private sealed record Question(string First, string Second, Side Claimed)
    {
        public string Where { get; init; } = string.Empty;

        public Func<string, bool> Prompts { get; init; } = _ => true;
    }

    private sealed record Unit(IReadOnlyList<JudgedPair> Files, IReadOnlyDictionary<string, double> Differences);
}
