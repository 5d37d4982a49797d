using Repro.Core;
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
    private const string Data = "responses.jsonl (a row with 'prompt' and 'response' for each released output; docs/full-runs.md)";
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
        var agrees = Released(evidence, role, table.File);
        if (evidence.IsMissing)
        {
            return evidence.Explain();
        }

        var datasetOf = context.DatasetOfPrompt();
        var row = role == Abs ? "abs_reward_model" : "preference_reward_model";
        var printed = context.Table(Invariant($"crs/table-{table.Table}"));
        foreach (var dataset in Comparisons.Datasets)
        {
            var of = agrees.Select(run => run.Where(prompt => datasetOf[prompt.Key] == dataset).ToList()).ToList();
            Compare(evidence, dataset, [.. of.Select(run => run.Count(prompt => prompt.Value))], of[0].Count, printed[row, dataset]);
        }

        return evidence.Explain();
    }

    // What is far off disagrees only if every retrained model is told from the printed share, on the same side.
    private static void Compare(RunEvidence evidence, string dataset, int[] counts, int total, Printed printed)
    {
        var (mean, expected) = (counts.Average(), (int)Math.Round(printed.AsTarget() * total / 100));
        var oneSide = counts.All(count => count > expected) || counts.All(count => count < expected);
        var p = !oneSide ? 1 : Math.Min(1, Comparisons.Datasets.Length
            * counts.Max(count => FisherExact.TwoSided(count, total - count, expected, total - expected)));
        var off = Math.Abs(mean - expected);
        var outcome = off <= Near ? Outcome.Agrees : p < VerdictRule.Level ? Outcome.Disagrees : Outcome.Undecided;
        var said = Invariant($"{InvariantText.Join(", ", counts)} of {total}, printed {expected}");
        var (share, interval) = (100 * mean / total, BinomialInterval.ClopperPearson((int)Math.Round(mean), total));
        evidence.Builder.Value(dataset, share).Sample(dataset, total).Sample($"runs, {dataset}", counts.Length)
            .PValue($"Fisher, {dataset}, Bonferroni over {Comparisons.Datasets.Length}", p)
            .Interval(dataset, 100 * interval.Lower, 100 * interval.Upper, "Clopper-Pearson", estimate: share)
            .Judged(dataset, outcome,
                said + Invariant($"; at most {Near} apart agrees, else Fisher's exact test of every run, p = {p:G3}"));
        if (off > Same && off <= Near)
        {
            evidence.Limit($"retrained model, {dataset}", Invariant($"{off:G3} prompts from the printed share"));
        }
        else if (off > Near && counts.Length < RunEvidence.EnoughSeeds)
        {
            evidence.Limit("seeds", Invariant($"{counts.Length} instead of at least {RunEvidence.EnoughSeeds}"));
        }

        evidence.Say($"On {dataset} it picks GPT-4's winner in {said} ({printed.Text}).");
    }

    // Whether a reward model picks GPT-4's winner, by prompt, one a seed.
    private List<Dictionary<string, bool>> Released(RunEvidence evidence, string role, string file)
    {
        var found = new List<Dictionary<string, bool>>();
        foreach (var scores in Scores(evidence, role, forPairs: false))
        {
            var rows = evidence.Context.Judgements(file);
            var missing = rows.Count(judged =>
                !scores.Responses.ContainsKey(First(judged)) || !scores.Responses.ContainsKey(Second(judged)));
            if (missing > 0)
            {
                evidence.Missing(
                    Invariant($"score by {scores.Model.Name} of both responses to {missing} of {rows.Count} prompts of {file}"),
                    Command(role, made: scores.Model));
                continue;
            }

            // A tie goes to the first model, as in the released code.
            found.Add(rows.ToDictionary(judged => judged.Prompt, judged =>
                scores.Responses[Second(judged)] > scores.Responses[First(judged)] == (judged.Preference == 2)));
        }

        return found;
    }

    private Evidence Spread(SpecContext context)
    {
        const int Questions = 2;
        var evidence = new RunEvidence(context, runs);
        if (Both(evidence) is { Count: > 0 } both)
        {
            evidence.DecideByPrompt("ratio of the inter-quartile ranges, preference to absolute", both,
                drawn => Range([.. drawn.Select(one => one.Preference)]) / Range([.. drawn.Select(one => one.Abs)]),
                new(Side.Above, 1, Questions));
            evidence.DecideByPrompt("share of positive absolute scores", both,
                drawn => drawn.Average(one => one.Abs > 0 ? 1.0 : 0), new(Side.Above, 0.5, Questions));
            ScoredTwice[] first = [.. both[0].SelectMany(prompt => prompt)];
            evidence.Builder.Sample("responses", first.Length)
                .Value("inter-quartile range, absolute", Range([.. first.Select(one => one.Abs)]))
                .Value("inter-quartile range, preference", Range([.. first.Select(one => one.Preference)]));
        }

        return evidence.Explain();
    }

    private Evidence LengthBias(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        if (Both(evidence) is { Count: > 0 } both)
        {
            evidence.DecideByPrompt("rank correlation with length, absolute minus preference", both, LengthDifference, new(Side.Above));
        }

        return evidence.Explain();
    }

    private static double LengthDifference(IReadOnlyList<ScoredTwice> drawn)
    {
        double[] lengths = [.. drawn.Select(one => (double)one.Key.Characters)];
        return Correlation.Spearman([.. drawn.Select(one => one.Abs)], lengths)
            - Correlation.Spearman([.. drawn.Select(one => one.Preference)], lengths);
    }

    // Prompts of OASST are the domain that both were trained in. A prompt counts once for each table that it stands in.
    private Evidence Generalisation(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var datasetOf = context.DatasetOfPrompt();
        var byRun = new List<List<KeyValuePair<string, double>>>();
        foreach (var (_, file) in Tables)
        {
            var (abs, preference) = (Released(evidence, Abs, file), Released(evidence, Preference, file));
            foreach (var (place, pair) in abs.Zip(preference).Index())
            {
                var differences = place < byRun.Count ? byRun[place] : [];
                if (place == byRun.Count)
                {
                    byRun.Add(differences);
                }

                differences.AddRange(pair.First.Where(one => datasetOf[one.Key] != "oasst").Select(one =>
                    KeyValuePair.Create(one.Key, (one.Value ? 1.0 : 0) - (pair.Second[one.Key] ? 1.0 : 0))));
            }
        }

        if (!evidence.IsMissing)
        {
            evidence.DecideByPrompt("agreement with GPT-4 outside OASST, absolute minus preference",
                [.. byRun.Select(ByPrompt)], new(Side.Above));
        }

        return evidence.Explain();
    }

    private static Dictionary<string, double> ByPrompt(IEnumerable<KeyValuePair<string, double>> differences) =>
        differences.GroupBy(one => one.Key).ToDictionary(prompt => prompt.Key, prompt => prompt.Average(one => one.Value));

    private Evidence Accuracy(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var (preference, abs) = (Scores(evidence, Preference, forPairs: true), Scores(evidence, Abs, forPairs: true));
        if (!evidence.IsMissing)
        {
            evidence.DecideByPrompt("accuracy on ranked pairs, preference minus absolute",
                [.. preference.Zip(abs, (first, second) => first.Groups.Where(group => second.Groups.ContainsKey(group.Key))
                    .ToDictionary(group => group.Key, group =>
                        PairAccuracy.Compute([group.Value]).Accuracy - PairAccuracy.Compute([second.Groups[group.Key]]).Accuracy))],
                new(Side.Above));
        }

        return evidence.Explain();
    }

    // The responses that both models scored, by prompt, one list for each pair of models: the released ones where there are any.
    private List<IReadOnlyList<ScoredTwice[]>>? Both(RunEvidence evidence)
    {
        const int FewestPrompts = 5;
        var (abs, preference) = (Scores(evidence, Abs, forPairs: false), Scores(evidence, Preference, forPairs: false));
        if (evidence.IsMissing)
        {
            return null;
        }

        var datasetOf = evidence.Context.DatasetOfPrompt();
        var released = Tables.SelectMany(table => evidence.Context.Judgements(table.File))
            .SelectMany(judged => new[] { First(judged), Second(judged) }).ToHashSet();
        var both = abs.Zip(preference, ScoredByBoth).ToList();
        if (both.TrueForAll(prompts => prompts.Any(items => items.Any(one => released.Contains(one.Key)))))
        {
            both = [.. both.Select(prompts => Only(prompts, released))];
        }

        var known = both.Min(prompts => prompts.Count(items => datasetOf.ContainsKey(items[0].Key.Prompt)));
        if (known < datasetOf.Count)
        {
            evidence.Limit("prompts", Invariant($"scores of responses to {known} of the {datasetOf.Count} final prompts"));
        }

        if (both.Exists(prompts => prompts.Count < FewestPrompts))
        {
            evidence.Builder.Undecided("prompts", Invariant($"responses to fewer than {FewestPrompts} prompts are scored by both models"));
            evidence.Say("Responses to too few prompts are scored by both models.");
            return null;
        }

        return both;
    }

    private static IReadOnlyList<ScoredTwice[]> Only(IReadOnlyList<ScoredTwice[]> prompts, HashSet<ResponseKey> released) =>
        [.. prompts.Select(items => items.Where(one => released.Contains(one.Key)).ToArray()).Where(items => items.Length > 0)];

    private static IReadOnlyList<ScoredTwice[]> ScoredByBoth(RewardScores abs, RewardScores preference) =>
    [
        .. abs.Responses.Where(one => preference.Responses.ContainsKey(one.Key))
            .Select(one => new ScoredTwice(one.Key, one.Value, preference.Responses[one.Key]))
            .OrderBy(one => one.Key.Prompt, StringComparer.Ordinal).ThenBy(one => one.Key.Characters).ThenBy(one => one.Key.Words)
            .GroupBy(one => one.Key.Prompt).Select(prompt => prompt.ToArray()),
    ];

    // One a seed; none where something is missing.
    private List<RewardScores> Scores(RunEvidence evidence, string role, bool forPairs)
    {
        var scores = RewardScores.Find(runs, role, evidence.Context.Cancellation)
            .Where(found => (forPairs ? found.Groups.Count : found.Responses.Count) > 0).ToList();
        if (scores.Count == 0)
        {
            evidence.Missing(
                forPairs ? $"score of ranked replies by {role}" : $"score of responses by {role}",
                Command(role, forPairs ? "pairs.jsonl (held-out ranked replies of OASST)" : Data));
        }

        foreach (var found in scores)
        {
            evidence.Use(found.Model, role);
            evidence.Doubt(found.Doubts);
            foreach (var file in found.Files)
            {
                evidence.UseFile(file);
            }
        }

        return scores;
    }

    private string Command(string role, string data = Data, UserRun? made = null)
    {
        var model = made is not null ? made.Folder : runs.Roles.Runs(role) is [var run, ..] ? run.Folder : $"{runs.Folder}/{role}";
        var train = Directory.Exists(model) ? string.Empty : PaperSettings.Command(role, runs.Folder) + " and then ";
        return $"{train}repro score --model {model} --out {runs.Folder}/responses/{Path.GetFileName(model)}/scores.jsonl --data {data}";
    }

    private static double Range(double[] scores) => Descriptive.Quantile(scores, 0.75) - Descriptive.Quantile(scores, 0.25);

    private static ResponseKey First(PairwiseFacts.Row row) => new(row.Prompt, row.Words1, row.Characters1);

    private static ResponseKey Second(PairwiseFacts.Row row) => new(row.Prompt, row.Words2, row.Characters2);

    private sealed record ScoredTwice(ResponseKey Key, double Abs, double Preference);
}
