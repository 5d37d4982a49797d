using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>Response lengths of the models on the final prompts, and what they have to do with winning (released data, not printed in the
/// thesis).</summary>
internal sealed class ModelLengths : ISpecGroup
{
    private const int Resamples = 10000;
    private const ulong Seed = 26;

    // The 97.5% quantile of the standard normal distribution.
    private const double NormalQuantile = 1.959963984540054;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. new[] { Model.Abs, Model.Preference, Model.Crs025, Model.Crs0625, Model.Sft, Model.Preference001 }
            .Select(m => new Spec($"CRS-X-len-{m}", c => OfModel(c, m))),
        new("CRS-X-len-order", Order),
        new("CRS-X-tokenmeans", StoredMeans),
        new("CRS-X-length-explains", LengthExplains),
    ];

    private static Evidence OfModel(SpecContext context, string model)
    {
        var evidence = context.Evidence();
        var files = FinalFirstRun.Where(f => context.Judgements(f).Any(r => r.Generator1 == model || r.Generator2 == model)).ToList();
        var lengths = ReleasedLengths.Read(context, files);
        ReleasedLengths.RequireAgreement(context, evidence, lengths, files);
        var byFile = files.Select(
            f => lengths.Where(l => l.File == f && l.Generator == model).ToDictionary(
                l => context.Judgements(f)[l.Index].Prompt, l => (l.Tokens, l.Words, l.Characters), StringComparer.Ordinal)).ToList();
        var changed = byFile.Skip(1).Sum(f => f.Count(x => !byFile[0].TryGetValue(x.Key, out var other) || other != x.Value));
        var own = lengths.Where(l => l.File == files[0] && l.Generator == model).ToList();
        evidence.Sample("responses", own.Count).Sample("files", files.Count).Seed(Seed)
            .Require(
                "one response to each final prompt",
                own.Count == context.Artifact<PromptFacts>(Prompts).Rows.Count && byFile[0].Count == own.Count)
            .Require("the same lengths in every comparison of the model", changed == 0, Invariant($"{changed} responses differ"));
        var means = new List<string>();
        foreach (var (unit, of) in ReleasedLengths.Units)
        {
            double[] values = [.. own.Select(of)];
            var interval = Bootstrap.MeanInterval(values, Resamples, Seed);
            evidence.Value($"mean_{unit}", Descriptive.Mean(values))
                .Interval($"mean {unit}", interval.Lower, interval.Upper, $"percentile bootstrap over prompts, {Resamples} resamples");
            means.Add(Invariant($"{Descriptive.Mean(values):F2} {unit} ({interval.Lower:F0} to {interval.Upper:F0})"));
        }

        return evidence.Explain(
            Invariant($"The {own.Count} responses of {model} have on average {string.Join(", ", means)}, ")
                + Invariant($"with 95% intervals over the prompts; {files.Count} ")
                + Invariant($"{(files.Count == 1 ? "comparison holds" : "comparisons hold")} them, with {changed} differences in length."));
    }

    private static Evidence Order(SpecContext context)
    {
        var evidence = context.Evidence();
        var tokens = new[] { Model.Abs, Model.Crs025, Model.Crs0625, Model.Preference }.ToDictionary(
            m => m, m => TokensByPrompt(context, m), StringComparer.Ordinal);
        var wins = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [Model.Abs] = WinRates.Count(context.Judgements(AbsAgainstPreference), Model.Abs).Wins,
            [Model.Crs025] = WinRates.Count(context.Judgements(Crs025AgainstPreference), Model.Crs025).Wins,
            [Model.Crs0625] = WinRates.Count(context.Judgements(Crs0625AgainstPreference), Model.Crs0625).Wins,
        };
        wins[Model.Preference] = context.Judgements(AbsAgainstPreference).Count / 2;
        var byLength = tokens.OrderByDescending(t => t.Value.Values.Average()).Select(t => t.Key).ToList();
        var byWins = wins.OrderByDescending(w => w.Value).Select(w => w.Key).ToList();
        foreach (var model in tokens.Keys)
        {
            evidence.Value($"mean_tokens_{model}", tokens[model].Values.Average()).Value($"wins_against_preference_{model}", wins[model]);
        }

        var pairs = (
            from i in Enumerable.Range(0, byWins.Count)
            from j in Enumerable.Range(i + 1, byWins.Count - i - 1)
            select (Better: byWins[i], Worse: byWins[j])).ToList();
        var swapped = pairs.Where(p => byLength.IndexOf(p.Better) > byLength.IndexOf(p.Worse)).ToList();
        var clear = new List<string>();
        foreach (var (better, worse) in swapped)
        {
            var prompts = tokens[better].Keys.ToList();
            var test = TTest.Paired(
                [.. prompts.Select(p => (double)tokens[better][p])], [.. prompts.Select(p => (double)tokens[worse][p])]);
            evidence.PValue($"paired t, lengths of {better} and {worse}", test.PValue);
            if (test.PValue < 0.05)
            {
                clear.Add($"{better} and {worse}");
            }
            else
            {
                evidence.Reserve(
                    $"{better} and {worse}",
                    Invariant($"{better} wins more often but is not longer; their mean lengths differ by {Math.Abs(test.Difference):F2} ")
                        + Invariant($"tokens only (paired t, p {test.PValue:G3})"));
            }
        }

        return evidence.Value("order_by_length", string.Join(" > ", byLength)).Value("order_by_wins", string.Join(" > ", byWins))
            .Sample("prompts", tokens[Model.Abs].Count)
            .Require("no pair of models is clearly longer the other way round", clear.Count == 0, string.Join(", ", clear))
            .Explain(
                "By mean tokens the order is "
                    + $"{string.Join(" > ", byLength.Select(m => Invariant($"{m} {tokens[m].Values.Average():F2}")))}, "
                    + $"by wins against preference_rlhf {string.Join(" > ", byWins.Select(m => Invariant($"{m} {wins[m]}")))}; "
                    + $"{swapped.Count} of {pairs.Count} pairs are ordered differently.");
    }

    private static Dictionary<string, int> TokensByPrompt(SpecContext context, string model)
    {
        var file = FinalFirstRun.First(f => context.Judgements(f).Any(r => r.Generator1 == model || r.Generator2 == model));
        return ReleasedLengths.Read(context, [file]).Where(l => l.Generator == model)
            .ToDictionary(l => context.Judgements(file)[l.Index].Prompt, l => l.Tokens, StringComparer.Ordinal);
    }

    private static Evidence StoredMeans(SpecContext context)
    {
        var evidence = context.Evidence();
        var stored = context.Artifact<TableFacts>(ReleasedValues.Notebook);
        var datasetOf = context.DatasetOfPrompt();
        var (compared, agree, largest) = (0, 0, 0.0);
        foreach (var (file, suffix) in new[] { (PreferenceAgainstSft, string.Empty), (AbsAgainstPreferenceRun1, "_run1") })
        {
            foreach (var model in ReleasedLengths.Read(context, [file]).GroupBy(l => l.Generator))
            {
                foreach (var dataset in Datasets)
                {
                    var mean = model.Where(l => datasetOf[context.Judgements(file)[l.Index].Prompt] == dataset).Average(l => l.Tokens);
                    var key = $"mean_tokens_{model.Key}{suffix}_{dataset}";
                    var difference = Math.Abs(mean - stored.Number("key", key, "value"));
                    evidence.Value(key, mean).Require($"{key} to two decimals", difference <= 0.005 + 1e-9, Invariant($"{mean:F3}"));
                    (compared, agree, largest) = (
                        compared + 1, agree + (difference <= 0.005 + 1e-9 ? 1 : 0), Math.Max(largest, difference));
                }
            }
        }

        return evidence.Sample("means", compared).Explain(
            Invariant($"{agree} of {compared} stored mean token lengths are reproduced to two decimals; ")
                + Invariant($"the largest difference is {largest:G2}."));
    }

    private static Evidence LengthExplains(SpecContext context)
    {
        var evidence = context.Evidence();
        var pairs = ReleasedLengths.Pairs(context, evidence, [AbsAgainstPreference]);
        var abs = pairs.Select(p => p.Winner.Generator == Model.Abs ? (Own: p.Winner, Other: p.Loser) : (Own: p.Loser, Other: p.Winner))
            .ToList();
        double[] ratio = [.. abs.Select(p => Math.Log((double)p.Own.Tokens / p.Other.Tokens))];
        bool[] won = [.. abs.Select(p => p.Own.Won)];
        var fit = LogisticRegression.Fit(ratio, won);
        var half = NormalQuantile * fit.InterceptStandardError;
        double Rate(double logit) => 100 / (1 + Math.Exp(-logit));
        var notLonger = abs.Where(p => p.Own.Tokens <= p.Other.Tokens).ToList();
        var wins = (notLonger.Count(p => p.Own.Won), notLonger.Count);
        return evidence
            .Compare("win_rate", context.Printed("value"), 100.0 * won.Count(w => w) / won.Length)
            .Value("win_rate_at_equal_length", Rate(fit.Intercept))
            .Value("slope_on_log_ratio", fit.Slope)
            .Value("wins_when_not_longer", wins.Item1)
            .Value("prompts_on_which_not_longer", wins.Count)
            .Sample("prompts", won.Length)
            .Share("wins when not longer", wins)
            .PValue("slope, Wald", fit.SlopePValue)
            .RequireInterval(
                "win rate at equal length",
                Rate(fit.Intercept - half),
                Rate(fit.Intercept + half),
                Side.Above,
                50,
                "logistic regression, Wald")
            .Explain(
                "A logistic regression on the log ratio of token lengths puts the win rate of abs_rlhf at equal length at "
                    + Invariant($"{Rate(fit.Intercept):F1}% (95% interval {Rate(fit.Intercept - half):F1} to ")
                    + Invariant($"{Rate(fit.Intercept + half):F1}) instead of {100.0 * won.Count(w => w) / won.Length:F0}%; ")
                    + Invariant($"when it is not longer it wins {wins.Item1} of {wins.Count}."));
    }
}
