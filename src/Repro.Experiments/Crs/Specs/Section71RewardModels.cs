using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 7.1: how the agreement of the two reward models with GPT-4 differs between datasets, and how they were
/// trained.</summary>
internal sealed partial class Section71RewardModels : ISpecGroup
{
    private const string Abs = "abs_reward_model";
    private const string Preference = "preference_reward_model";
    private const int PromptsOfDataset = 25;

    private static readonly int[] Tables = [13, 18, 19];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S7.1-abs-consistent", Consistency),
        new("CRS-S7.1-oasst-pref-ahead", OasstAhead),
        new("CRS-S7.1-same-config", SameConfiguration),
    ];

    private static Evidence Consistency(SpecContext context)
    {
        var evidence = context.Evidence();
        var ranges = new Dictionary<string, List<double>> { [Abs] = [], [Preference] = [] };
        var deviations = new Dictionary<string, List<double>> { [Abs] = [], [Preference] = [] };
        var means = new Dictionary<string, List<double>> { [Abs] = [], [Preference] = [] };
        var smallest = 1.0;
        foreach (var number in Tables)
        {
            foreach (var model in new[] { Abs, Preference })
            {
                double[] cells = [.. Datasets.Select(d => context.Table(Invariant($"crs/table-{number}"))[model, d].AsInput())];
                ranges[model].Add(cells.Max() - cells.Min());
                deviations[model].Add(Descriptive.StandardDeviation(cells, 0));
                means[model].Add(Descriptive.Mean(cells));

                // Whether the four shares of 25 prompts differ by more than chance at all.
                var agreeing = cells.Select(c => (int)Math.Round(c / 100 * PromptsOfDataset)).ToArray();
                var counts = new int[2, agreeing.Length];
                for (var i = 0; i < agreeing.Length; i++)
                {
                    (counts[0, i], counts[1, i]) = (agreeing[i], PromptsOfDataset - agreeing[i]);
                }

                var p = ChiSquare.Independence(counts).PValue;
                smallest = Math.Min(smallest, p);
                evidence.Value(Invariant($"{model}, range in Table {number}"), ranges[model][^1])
                    .Value(Invariant($"{model}, standard deviation in Table {number}"), deviations[model][^1])
                    .PValue(Invariant($"equal agreement in all datasets, {model}, Table {number}"), p);
            }
        }

        var (absDeviation, preferenceDeviation) = (deviations[Abs].Average(), deviations[Preference].Average());
        var tighter = Enumerable.Range(0, Tables.Length).Count(i => deviations[Abs][i] < deviations[Preference][i]);
        evidence.Value("mean_range_abs", ranges[Abs].Average())
            .Value("mean_range_preference", ranges[Preference].Average())
            .Value("mean_standard_deviation_abs", absDeviation)
            .Value("mean_standard_deviation_preference", preferenceDeviation)
            .Value("mean_agreement_abs", means[Abs].Average())
            .Value("mean_agreement_preference", means[Preference].Average())
            .Value("tables_in_which_abs_varies_less", tighter)
            .Sample("prompts of each dataset", PromptsOfDataset)
            .RequireLead(
                "the absolute reward model varies less between datasets, smallest of the six p times six", preferenceDeviation,
                absDeviation, Math.Min(1, 2 * Tables.Length * smallest));
        if (tighter < Tables.Length)
        {
            evidence.Reserve("tables", Invariant($"it varies less in {tighter} of {Tables.Length} tables"));
        }

        return evidence.Explain(
            Invariant($"The agreement of the absolute reward model has standard deviations {Join(deviations[Abs])} and ranges ")
                + Invariant($"{InvariantText.Join(", ", ranges[Abs])} between datasets in Tables 13, 18 and 19, ")
                + Invariant($"the preference one {Join(deviations[Preference])} and {InvariantText.Join(", ", ranges[Preference])} ")
                + Invariant($"(means {absDeviation:F2} against {preferenceDeviation:F2}); ")
                + Invariant($"the smallest of the six p-values for equal agreement in all datasets is {smallest:G3}. ")
                + Invariant($"Mean agreement is {means[Abs].Average():F1}% against {means[Preference].Average():F1}%."));
    }

    private static string Join(IEnumerable<double> values) =>
        string.Join(", ", values.Select(v => v.ToString("F2", CultureInfo.InvariantCulture)));

    private static Evidence OasstAhead(SpecContext context)
    {
        var evidence = context.Evidence().Sample("oasst prompts", PromptsOfDataset);
        var parts = new List<string>();
        var counts = Tables.Select(number => context.Table(Invariant($"crs/table-{number}")))
            .Select(table => (Preference: Agreeing(table, Preference), Abs: Agreeing(table, Abs))).ToList();
        var family = new TestFamily(
            "Tables 13, 18 and 19",
            [.. counts.Select(c => FisherExact.TwoSided(c.Preference, PromptsOfDataset - c.Preference, c.Abs, PromptsOfDataset - c.Abs))]);
        foreach (var (place, number) in Tables.Index())
        {
            var (preference, abs) = counts[place];
            var interval = TwoProportions.Newcombe(preference, PromptsOfDataset, abs, PromptsOfDataset);
            evidence.Value(Invariant($"prompts ahead in Table {number}"), preference - abs)
                .Interval(
                    Invariant($"difference in Table {number}"),
                    100 * interval.Lower,
                    100 * interval.Upper,
                    "Newcombe",
                    estimate: 100.0 * (preference - abs) / PromptsOfDataset)
                .RequireLead(Invariant($"Fisher's exact test, Table {number}: preference ahead"), preference, abs, family, place);
            parts.Add(Invariant($"{preference} and {abs} in Table {number}"));
        }

        return evidence.Explain(Invariant($"On the {PromptsOfDataset} oasst prompts the preference and the absolute reward model agree ")
            + Invariant($"with GPT-4 this often: {string.Join(", ", parts)}; the smallest p of Fisher's exact test is ")
            + Invariant($"{family.PValues.Min():G3}."));
    }

    private static int Agreeing(PublishedTable table, string model) =>
        (int)Math.Round(table[model, "oasst"].AsRateInput() * PromptsOfDataset);

    private static Evidence SameConfiguration(SpecContext context)
    {
        var settings = context.Artifact<TableFacts>("derived/config_values.csv");
        var numbers = context.Artifact<TableFacts>("derived/notebook_numbers.csv");
        var (preference, abs) = (BatchSize(settings, "preference_adapter_name"), BatchSize(settings, "absolute_adapter_name"));
        double Count(string key) => numbers.Number("key", key, "value");
        var (before, after, low) = (Count("abs_train_rows"), Count("abs_train_after_undersampling"), Count("abs_train_low"));
        var (lowBefore, lowAfter) = (low / before, 2 * low / (after + low));
        return context.Evidence()
            .Value("batch_size_preference", preference)
            .Value("batch_size_absolute", abs)
            .Value("preference_prompts", Count("rank_train_prompts"))
            .Value("absolute_rows", before)
            .Value("absolute_rows_after_undersampling", after)
            .Value("paraphrases_of_low_rows", low)
            .Value("share_of_low_rows_before", lowBefore)
            .Value("share_of_low_rows_after", lowAfter)
            .Require(
                "the names of both adapters carry the same number of epochs",
                Epochs(settings, "preference_adapter_name") == Epochs(settings, "absolute_adapter_name"))
            .Reserve("batch size", Invariant($"{preference} and {abs}; section 5.3 excepts the batch size"))
            .Reserve("distribution", Invariant($"the text says similar: the share of rows of low quality is {100 * lowBefore:F1}% in ")
                + Invariant($"the preference data and {100 * lowAfter:F1}% in those of the absolute model"))
            .Explain(
                Invariant($"The released adapter names give batch size {preference} for the preference and {abs} for the absolute ")
                    + Invariant($"reward model. The preference data are used as they are ({Count("rank_train_prompts")} prompts); ")
                    + Invariant($"the absolute data are reduced from {before} to {after} rows and extended by {low} paraphrases of rows ")
                    + Invariant($"of low quality, whose share goes from {100 * lowBefore:F1}% to {100 * lowAfter:F1}%."));
    }

    private static int Epochs(TableFacts settings, string key) => RunName.Integer(
        settings.Row("key", key)[settings.IndexOf("value")], "ep");

    private static int BatchSize(TableFacts settings, string key)
    {
        var name = settings.Row("key", key)[settings.IndexOf("value")];
        var match = BatchPattern().Match(name);
        return match.Success
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new ReproException($"{key} = '{name}': expected a batch size such as bs64");
    }

    [GeneratedRegex(@"(?:^|_)bs(\d+)(?:_|$)")]
    private static partial Regex BatchPattern();
}
