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
    private const int AdrPrompts = 1000;

    // How the answers were drawn and judged: the released code of the thesis, and Appendix B of ADR.
    private static readonly Protocol Thesis = new("gpt-4-1106-preview", "alpaca_eval_gpt4_turbo_fn", 0.8, 0.9, 0, 512);
    private static readonly Protocol Adr = new("gpt-4", "adr-vote", 0.95, 0.99, 100, 2048);

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
        var judged = JudgedPolicies.Find(runs, context.Cancellation);
        var compared = questions.Select(question => (Question: question, Units: Units(judged, question, start))).ToList();
        List<string> missing = [.. compared.Where(entry => entry.Units.Count == 0)
            .SelectMany(entry => new[] { entry.Question.First, entry.Question.Second })
            .Where(role => role != start && !judged.Any(pair => pair.Compares(role, start))).Distinct()];
        evidence.MissingOf(missing, roles => $"annotations.json of {roles} against {start}", folder => Command(folder, start));
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

    // One a seed: the difference of both shares by prompt. A direct comparison of shares p and 1 - p has the difference 2p - 1; it counts
    // unless there are fewer of them.
    private static List<Unit> Units(IReadOnlyList<JudgedPair> judged, Question question, string start)
    {
        var direct = judged.Where(pair => pair.Compares(question.First, question.Second)).ToList();
        var (first, second) = (Against(judged, question.First, start), Against(judged, question.Second, start));
        if (direct.Count >= Math.Max(1, Math.Min(first.Count, second.Count)))
        {
            return [.. direct.Select(pair => new Unit(
                [pair], pair.Shares(question.First).ToDictionary(prompt => prompt.Key, prompt => (2 * prompt.Value) - 1)))];
        }

        return [.. first.Zip(second, (a, b) => new Unit([a, b], Difference(a.Shares(question.First), b.Shares(question.Second))))];
    }

    private static List<JudgedPair> Against(IReadOnlyList<JudgedPair> judged, string role, string start) =>
        [.. judged.Where(pair => pair.Compares(role, start)).OrderBy(pair => pair.Of(role).Run?.Seed, StringComparer.Ordinal)];

    private static Dictionary<string, double> Difference(
        IReadOnlyDictionary<string, double> first, IReadOnlyDictionary<string, double> second) =>
        first.Where(prompt => second.ContainsKey(prompt.Key)).ToDictionary(
            prompt => prompt.Key, prompt => prompt.Value - second[prompt.Key]);

    private static void Take(RunEvidence evidence, JudgedPair pair, string start)
    {
        var (name, protocol) = (evidence.Runs.Name(pair.File), start == Sft ? Thesis : Adr);
        evidence.UseFile(pair.File);
        evidence.Doubt(pair.Doubts);
        foreach (var policy in new[] { pair.First, pair.Second })
        {
            if (policy.Run is { } run)
            {
                evidence.Use(run, policy.Role);
            }
            else if (policy.Role is not (Base or Sft))
            {
                evidence.Limit($"settings of {policy.Role}", "no run here says how it was trained");
            }

            if (protocol.DifferenceOf(AnswerSampling.Find(evidence.Runs, policy, evidence.Context.Cancellation)) is { } difference)
            {
                evidence.Limit($"sampling of {policy.Name}", difference);
            }
        }

        if (pair.Judges.Count == 0 || !pair.Judges.All(judge => judge.StartsWith(protocol.Judge, StringComparison.Ordinal)))
        {
            var judges = pair.Judges.Count == 0 ? "not recorded" : string.Join(", ", pair.Judges.Select(evidence.Runs.Shown));
            evidence.Limit($"judge of {name}", $"{judges} instead of {protocol.Judge}");
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

    private static void Decide(RunEvidence evidence, Question question, List<Unit> units, int tests) => evidence.DecideByPrompt(
        $"share of wins of {question.First} minus {question.Second}{question.Where}, in points",
        [.. units.Select(unit => unit.Differences.Where(prompt => question.Prompts(prompt.Key))
            .ToDictionary(prompt => prompt.Key, prompt => 100 * prompt.Value))],
        new(question.Claimed, 0, tests));

    // What is there already is not made again.
    private static string Command(string folder, string start)
    {
        var protocol = start == Sft ? Thesis : Adr;
        var (answers, baseline) = ($"{folder}-evaluation/{AnswerSampling.FileName}",
            $"{Path.GetDirectoryName(folder)}/{start}-evaluation/{AnswerSampling.FileName}");
        string?[] commands =
        [
            File.Exists(answers) ? null : $"repro generate --model {folder} --prompts PROMPTS {protocol.Options} --out {answers}",
            File.Exists(baseline) ? null : $"the same of {start} to {baseline}",
            $"repro judge run --outputs {answers} --baseline {baseline} --convention {protocol.Convention} "
                + $"--out {folder}-evaluation/annotations.json",
        ];
        return string.Join("; ", commands.OfType<string>());
    }

    private sealed record Question(string First, string Second, Side Claimed)
    {
        public string Where { get; init; } = string.Empty;

        public Func<string, bool> Prompts { get; init; } = _ => true;
    }

    private sealed record Protocol(string Judge, string Convention, double Temperature, double TopP, int TopK, int MaxNewTokens)
    {
        public string Options => Invariant($"--temperature {Temperature} --top-p {TopP}")
            + (TopK > 0 ? Invariant($" --top-k {TopK}") : string.Empty) + Invariant($" --max-new-tokens {MaxNewTokens}");

        public string? DifferenceOf(AnswerSampling? sampling)
        {
            var expected = new AnswerSampling(Temperature, TopP, TopK, MaxNewTokens);
            return sampling is null ? "how its answers were drawn is not recorded"
                : sampling == expected ? null : $"{sampling} instead of {expected}";
        }
    }

    private sealed record Unit(IReadOnlyList<JudgedPair> Files, IReadOnlyDictionary<string, double> Differences);
}
