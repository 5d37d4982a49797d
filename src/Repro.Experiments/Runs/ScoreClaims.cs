using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Runs;

/// <summary>CRS chapters 6 and 7: what two reward models make of the released responses, and of ranked replies of held-out
/// prompts.</summary>
internal sealed class ScoreClaims(RunCollection runs) : ISpecGroup
{
    private const string Abs = "rm-absolute";
    private const string Preference = "rm-preference";
    private const string Data = "responses.jsonl (a row with 'prompt' and 'response' for each output of alpaca_eval/final_gpt4_result)";
    private const int Resamples = 2000;
    private const ulong Seed = 24;

    // A retrained model that is off by one of 25 prompts is as printed, by three with a reservation.
    private const int Same = 1;
    private const int Near = 3;

    private static readonly (int Table, string File)[] Tables =
    [
        (13, Comparisons.AbsAgainstPreference), (18, Comparisons.Crs025AgainstPreference), (19, Comparisons.Crs0625AgainstPreference),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. Tables.Select(table => new Spec(Invariant($"CRS-T{table.Table}-abs"), context => Agreement(context, table, Abs))),
        .. Tables.Select(table => new Spec(Invariant($"CRS-T{table.Table}-pref"), context => Agreement(context, table, Preference))),
        new("CRS-F24-iqr", Spread),
        new("CRS-D-abs-generalises", Generalisation),
        new("CRS-D-length-bias", LengthBias),
        new("CRS-D-pref-rm-accuracy", Accuracy),
    ];

    private Evidence Agreement(SpecContext context, (int Table, string File) table, string role)
    {
        var evidence = new RunEvidence(context, runs);
        if (Released(evidence, role, table.File) is not { } agrees)
        {
            return evidence.Explain();
        }

        var datasetOf = context.DatasetOfPrompt();
        var row = role == Abs ? "abs_reward_model" : "preference_reward_model";
        var printed = context.Table(Invariant($"crs/table-{table.Table}"));
        foreach (var dataset in Comparisons.Datasets)
        {
            var of = agrees.Where(prompt => datasetOf[prompt.Key] == dataset).ToList();
            Compare(evidence, dataset, of.Count(prompt => prompt.Value), of.Count, printed[row, dataset]);
        }

        return evidence.Explain();
    }

    private static void Compare(RunEvidence evidence, string dataset, int count, int total, Printed printed)
    {
        var (share, interval) = (100.0 * count / total, BinomialInterval.ClopperPearson(count, total));
        var expected = (int)Math.Round(printed.AsTarget() * total / 100);
        var p = FisherExact.TwoSided(count, total - count, expected, total - expected);
        var off = Math.Abs(count - expected);
        var outcome = off <= Near ? Outcome.Agrees : p < VerdictRule.Level ? Outcome.Disagrees : Outcome.Undecided;
        var detail = Invariant($"{count} of {total}, printed {expected}; ")
            + Invariant($"at most {Near} apart agrees, else Fisher's exact test, p = {p:G3}");
        evidence.Builder.Value(dataset, share).Sample(dataset, total).PValue($"Fisher, {dataset}", p)
            .Interval(dataset, 100 * interval.Lower, 100 * interval.Upper, "Clopper-Pearson", estimate: share)
            .Judged(dataset, outcome, detail);
        if (off > Same && off <= Near)
        {
            evidence.Limit($"retrained model, {dataset}", Invariant($"{off} prompts from the printed share"));
        }

        evidence.Say(Invariant($"On {dataset} it picks GPT-4's winner in {count} of {total} ({share:F0}%, printed {printed.Text})."));
    }

    // Whether the reward model picks GPT-4's winner, by prompt; null where scores are missing.
    private Dictionary<string, bool>? Released(RunEvidence evidence, string role, string file)
    {
        if (Scores(evidence, role, forPairs: false) is not { } scores)
        {
            return null;
        }

        var rows = evidence.Context.Judgements(file);
        var missing = rows.Count(judged => !scores.Responses.ContainsKey(First(judged)) || !scores.Responses.ContainsKey(Second(judged)));
        if (missing > 0)
        {
            evidence.Missing(Invariant($"score by {scores.Model.Name} of both responses to {missing} of {rows.Count} prompts of {file}"),
                Command(role));
            return null;
        }

        // A tie goes to the first model, as in the released code.
        return rows.ToDictionary(judged => judged.Prompt, judged =>
            scores.Responses[Second(judged)] > scores.Responses[First(judged)] == (judged.Preference == 2));
    }

    private Evidence Spread(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        if (Both(evidence) is not { } both)
        {
            return evidence.Explain();
        }

        var (abs, preference) = (both.Select(one => one.Abs).ToArray(), both.Select(one => one.Preference).ToArray());
        ByPrompt(evidence, "ratio of the inter-quartile ranges, preference to absolute", both, 1,
            drawn => Range([.. drawn.Select(one => one.Preference)]) / Range([.. drawn.Select(one => one.Abs)]));
        var positive = abs.Count(score => score > 0);
        var share = BinomialInterval.ClopperPearson(positive, abs.Length);
        evidence.Builder.Value("inter-quartile range, absolute", Range(abs)).Value("inter-quartile range, preference", Range(preference))
            .RequireInterval("share of positive absolute scores", share.Lower, share.Upper, Side.Above, 0.5, "Clopper-Pearson");
        evidence.Say(Invariant($"{positive} of {abs.Length} absolute scores are positive."));
        return evidence.Explain();
    }

    private Evidence LengthBias(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        if (Both(evidence) is { } both)
        {
            ByPrompt(evidence, "rank correlation with length, absolute minus preference", both, 0, drawn =>
            {
                double[] lengths = [.. drawn.Select(one => (double)one.Key.Characters)];
                return Correlation.Spearman([.. drawn.Select(one => one.Abs)], lengths)
                    - Correlation.Spearman([.. drawn.Select(one => one.Preference)], lengths);
            });
        }

        return evidence.Explain();
    }

    // Prompts of OASST are the domain that both were trained in.
    private Evidence Generalisation(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var datasetOf = context.DatasetOfPrompt();
        var differences = new List<(string Prompt, double Difference)>();
        foreach (var (_, file) in Tables)
        {
            if (Released(evidence, Abs, file) is not { } abs || Released(evidence, Preference, file) is not { } preference)
            {
                return evidence.Explain();
            }

            differences.AddRange(abs.Where(one => datasetOf[one.Key] != "oasst")
                .Select(one => (one.Key, (one.Value ? 1.0 : 0) - (preference[one.Key] ? 1.0 : 0))));
        }

        double[] means = [.. differences.GroupBy(one => one.Prompt).Select(prompt => prompt.Average(one => one.Difference))];
        OverPrompts(evidence, "agreement with GPT-4 outside OASST, absolute minus preference", means, Side.Above);
        return evidence.Explain();
    }

    private Evidence Accuracy(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        if (Scores(evidence, Preference, forPairs: true) is not { } preference || Scores(evidence, Abs, forPairs: true) is not { } abs)
        {
            return evidence.Explain();
        }

        var shared = preference.Groups.Keys.Where(abs.Groups.ContainsKey).Order(StringComparer.Ordinal).ToList();
        double[] differences = [.. shared.Select(prompt =>
            PairAccuracy.Of([preference.Groups[prompt]]).Accuracy - PairAccuracy.Of([abs.Groups[prompt]]).Accuracy)];
        OverPrompts(evidence, "accuracy on ranked pairs, preference minus absolute", differences, Side.Above);
        return evidence.Explain();
    }

    private static void OverPrompts(RunEvidence evidence, string name, double[] differences, Side claimed)
    {
        if (differences.Length < 2)
        {
            evidence.Builder.Undecided(name, Invariant($"{differences.Length} prompts are scored by both models"));
            evidence.Say("Too few prompts are scored by both models.");
            return;
        }

        var interval = Bootstrap.MeanInterval(differences, Resamples, Seed);
        evidence.Builder.Value(name, differences.Average()).Sample("prompts", differences.Length).Seed(Seed)
            .RequireInterval(name, interval.Lower, interval.Upper, claimed, 0, "bootstrap over prompts");
        evidence.Say(Invariant($"The {name} is {differences.Average():G4} [{interval.Lower:G4}, {interval.Upper:G4}] ")
            + Invariant($"over {differences.Length} prompts."));
    }

    // Responses to one prompt are drawn together.
    private static void ByPrompt(
        RunEvidence evidence, string name, IReadOnlyList<ScoredTwice> both, double threshold,
        Func<IReadOnlyList<ScoredTwice>, double> statistic)
    {
        var prompts = both.GroupBy(one => one.Key.Prompt).Select(prompt => prompt.ToArray()).ToArray();
        var interval = Bootstrap.Interval(
            prompts.Length, drawn => statistic([.. drawn.ToArray().SelectMany(prompt => prompts[prompt])]), Resamples, Seed,
            cancellation: evidence.Context.Cancellation);
        var value = statistic(both);
        evidence.Builder.Value(name, value).Sample("prompts", prompts.Length).Sample("responses", both.Count).Seed(Seed)
            .RequireInterval(name, interval.Lower, interval.Upper, Side.Above, threshold, "bootstrap over prompts");
        evidence.Say(Invariant($"The {name} is {value:G4} [{interval.Lower:G4}, {interval.Upper:G4}] over {both.Count} responses ")
            + Invariant($"to {prompts.Length} prompts."));
    }

    // The responses that both models scored: those of the final prompts where there are any.
    private List<ScoredTwice>? Both(RunEvidence evidence)
    {
        const int FewestPrompts = 5;
        if (Scores(evidence, Abs, forPairs: false) is not { } abs || Scores(evidence, Preference, forPairs: false) is not { } preference)
        {
            return null;
        }

        var both = abs.Responses.Where(one => preference.Responses.ContainsKey(one.Key))
            .Select(one => new ScoredTwice(one.Key, one.Value, preference.Responses[one.Key]))
            .OrderBy(one => one.Key.Prompt, StringComparer.Ordinal).ThenBy(one => one.Key.Characters).ThenBy(one => one.Key.Words).ToList();
        var datasetOf = evidence.Context.DatasetOfPrompt();
        var final = both.Where(one => datasetOf.ContainsKey(one.Key.Prompt)).ToList();
        both = final.Count > 0 ? final : both;
        var prompts = both.Select(one => one.Key.Prompt).Distinct().Count(datasetOf.ContainsKey);
        if (prompts < datasetOf.Count)
        {
            evidence.Limit("prompts", Invariant($"scores of responses to {prompts} of the {datasetOf.Count} final prompts"));
        }

        if (both.Select(one => one.Key.Prompt).Distinct().Count() < FewestPrompts)
        {
            evidence.Builder.Undecided("prompts", Invariant($"responses to fewer than {FewestPrompts} prompts are scored by both models"));
            evidence.Say("Responses to too few prompts are scored by both models.");
            return null;
        }

        return both;
    }

    private RewardScores? Scores(RunEvidence evidence, string role, bool forPairs)
    {
        var scores = RewardScores.Of(runs, role, evidence.Context.Cancellation);
        if (scores is null || (forPairs ? scores.Groups.Count : scores.Responses.Count) == 0)
        {
            evidence.Missing(
                forPairs ? $"score of ranked replies by {role}" : $"score of responses by {role}",
                Command(role, forPairs ? "pairs.jsonl (held-out ranked replies of OASST)" : Data));
            return null;
        }

        evidence.Use(scores.Model, role);
        foreach (var file in scores.Files)
        {
            evidence.UseFile(file);
        }

        return scores;
    }

    private string Command(string role, string data = Data)
    {
        var model = runs.Roles.Runs(role) is [var run, ..] ? run.Folder : $"{runs.Folder}/{role}";
        var train = Directory.Exists(model) ? string.Empty : PaperSettings.Command(role, runs.Folder) + " and then ";
        return $"{train}repro score --model {model} --out {runs.Folder}/responses/{Path.GetFileName(model)}/scores.jsonl --data {data}";
    }

    private static double Range(double[] scores) => Descriptive.Quantile(scores, 0.75) - Descriptive.Quantile(scores, 0.25);

    private static ResponseKey First(PairwiseFacts.Row row) => new(row.Prompt, row.Words1, row.Characters1);

    private static ResponseKey Second(PairwiseFacts.Row row) => new(row.Prompt, row.Words2, row.Characters2);

    private sealed record ScoredTwice(ResponseKey Key, double Abs, double Preference);
}
