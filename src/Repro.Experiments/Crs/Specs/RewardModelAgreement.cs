using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Tables 12, 13, 18 and 19: agreement of the two reward models with GPT-4, overall and by dataset, and what section 6.2 reads
/// from them.</summary>
internal sealed class RewardModelAgreement : ISpecGroup
{
    private const string Absolute = "abs_reward_model";
    private const string Preference = "preference_reward_model";
    private const string Oasst = "oasst";
    private const int PromptsOfDataset = 25;
    private const int FinalPrompts = 100;
    private static readonly string[] Tables = ["crs/table-13", "crs/table-18", "crs/table-19"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T12-abs", c => MeanOfDatasets(c, Absolute)),
        new("CRS-T12-pref", c => MeanOfDatasets(c, Preference)),
        new("CRS-T13-abs-grid", c => OnGrid(c, "crs/table-13", Absolute)),
        new("CRS-T13-pref-grid", c => OnGrid(c, "crs/table-13", Preference)),
        new("CRS-T18-abs-grid", c => OnGrid(c, "crs/table-18", Absolute)),
        new("CRS-T18-pref-grid", c => OnGrid(c, "crs/table-18", Preference)),
        new("CRS-T18-overall", c => Overall(c, "crs/table-18")),
        new("CRS-T19-abs-grid", c => OnGrid(c, "crs/table-19", Absolute)),
        new("CRS-T19-pref-grid", c => OnGrid(c, "crs/table-19", Preference)),
        new("CRS-T19-overall", c => Overall(c, "crs/table-19")),
        new("CRS-S6.2-pref-best-oasst", PreferenceBestOnOasst),
        new("CRS-S6.2-pref-better-oasst", PreferenceBetterOnOasst),
        new("CRS-S8.1-agrees-more", AbsoluteAgreesMore),
        new("CRS-S6.2-abs-better-three", AbsoluteBetterOnThree),
    ];

    private static Evidence MeanOfDatasets(SpecContext context, string model)
    {
        var shares = Shares(context.Table("crs/table-13"), model);
        var mean = shares.Average(s => s.Percent);
        var (count, total) = (Count(shares), PromptsOfDataset * shares.Count);
        var interval = BinomialInterval.ClopperPearson(count, total);
        var p = BinomialTest.TwoSided(count, total);
        var evidence = context.Evidence()
            .Compare("mean_of_datasets", context.Table("crs/table-12")[model, "gpt4_agreement"], mean)
            .Value("agreements", count)
            .Sample("prompts", total)
            .Interval("agreement", 100 * interval.Lower, 100 * interval.Upper, ShareEvidence.Method)
            .PValue("binomial, two-sided", p);
        if (ShareEvidence.NeededFor80PercentPower((count, total)) is { } needed)
        {
            evidence.Value("prompts_needed_for_80_percent_power", needed);
        }

        return evidence.Explain(
            Invariant($"The dataset shares {Join(shares)} average to {mean:F1}%, that is {count} of {total} prompts (95% interval ")
                + Invariant($"{100 * interval.Lower:F1} to {100 * interval.Upper:F1}; exact p against a fair coin {p:G3})."));
    }

    private static Evidence OnGrid(SpecContext context, string table, string model)
    {
        var shares = Shares(context.Table(table), model);
        var evidence = context.Evidence().Sample("prompts per dataset", PromptsOfDataset);
        var family = Tables.SelectMany(t =>
            new[] { Absolute, Preference }.SelectMany(m =>
                Shares(context.Table(t), m)
                    .Select(s => (t, m, s.Dataset, Count: PercentGrid.Count(s.Percent, PromptsOfDataset))))).ToList();
        var adjusted = Holm.Adjust([.. family.Select(f => BinomialTest.TwoSided(f.Count ?? 0, PromptsOfDataset))]);
        for (var i = 0; i < shares.Count; i++)
        {
            var (dataset, percent) = shares[i];
            var count = PercentGrid.Count(percent, PromptsOfDataset);
            evidence.Require(
                $"{dataset} is a multiple of 1/{PromptsOfDataset}", count is not null,
                Invariant($"{percent}% of {PromptsOfDataset} prompts is {percent * PromptsOfDataset / 100}"));
            if (count is { } c)
            {
                evidence.Value($"agreements_{dataset}", c).PValue(
                    $"binomial, {dataset}, Holm over Tables 13, 18, 19",
                    adjusted[family.FindIndex(f => f.t == table && f.m == model && f.Dataset == dataset)]);
            }
        }

        return evidence.Explain(
            $"Of {PromptsOfDataset} prompts the printed shares {Join(shares)} are "
                + $"{InvariantText.Join(", ", shares.Select(s => s.Percent * PromptsOfDataset / 100))} agreements.");
    }

    private static Evidence Overall(SpecContext context, string table)
    {
        var (absolute, preference) = (Shares(context.Table(table), Absolute), Shares(context.Table(table), Preference));
        var total = PromptsOfDataset * absolute.Count;
        var (a, p) = (Count(absolute), Count(preference));
        var test = TwoProportions.ZTest(a, total, p, total);
        var interval = TwoProportions.Newcombe(a, total, p, total);
        var evidence = context.Evidence()
            .Value("absolute", 100.0 * a / total)
            .Value("preference", 100.0 * p / total)
            .Sample("prompts", total)
            .Interval("absolute minus preference, percentage points", 100 * interval.Lower, 100 * interval.Upper, "Newcombe, unpaired")
            .Require(
                "the dataset shares add up to whole prompts",
                absolute.Concat(preference).All(s => PercentGrid.Count(s.Percent, PromptsOfDataset) is not null))
            .RequireLead("the absolute reward model agrees more often, two proportions, unpaired", a, p, test.PValue);
        return evidence.Explain(
            Invariant($"Over the four datasets the absolute reward model agrees with GPT-4 on {a} of {total} prompts and the preference ")
                + Invariant($"reward model on {p}: {Lead(a, p)} (difference {100 * interval.Lower:F1} to {100 * interval.Upper:F1} ")
                + Invariant($"points, unpaired p {test.PValue:G3})."));
    }

    // Section 7.1: more agreement where the style is that of OASST. The three other datasets stand together against it.
    private static Evidence PreferenceBestOnOasst(SpecContext context)
    {
        var counts = Tables.Select(table => Shares(context.Table(table), Preference)).Select(shares => (
            Oasst: Count(shares.Where(s => s.Dataset == Oasst)), Others: Count(shares.Where(s => s.Dataset != Oasst)), Shares: shares))
            .ToList();
        var others = PromptsOfDataset * (counts[0].Shares.Count - 1);
        var family = new TestFamily(
            "Tables 13, 18 and 19",
            [.. counts.Select(c => FisherExact.TwoSided(c.Oasst, PromptsOfDataset - c.Oasst, c.Others, others - c.Others))]);
        var evidence = context.Evidence().Sample("oasst prompts", PromptsOfDataset).Sample("other prompts", others);
        var found = new List<string>();
        foreach (var (place, (own, other, shares)) in counts.Index())
        {
            var (table, best) = (Tables[place][4..], shares.MaxBy(s => s.Percent));
            var (share, rest) = (100.0 * own / PromptsOfDataset, 100.0 * other / others);
            evidence.Value($"best_dataset_{table}", best.Dataset)
                .RequireLead($"Fisher's exact test, {table}: oasst against the other three", share, rest, family, place);
            found.Add(Invariant($"{table} {share:F0}% against {rest:F1}% (most on {best.Dataset}, {best.Percent}%)"));
        }

        return evidence.Explain("The preference reward model agrees with GPT-4 on oasst and on the other three datasets together: "
            + Invariant($"{string.Join(", ", found)}; the smallest p of Fisher's exact test is {family.PValues.Min():G3}."));
    }

    private static Evidence PreferenceBetterOnOasst(SpecContext context)
    {
        var shares = Shares(context.Table("crs/table-13"), Preference);
        var evidence = context.Evidence().Sample("prompts of each dataset", PromptsOfDataset);
        var onOasst = shares.Single(s => s.Dataset == Oasst).Percent;
        string[] named = ["helpful_base", "koala"];
        foreach (var (dataset, percent) in shares.Where(s => s.Dataset == Oasst || named.Contains(s.Dataset)))
        {
            evidence.Compare(dataset, context.Printed(dataset), percent);
        }

        foreach (var dataset in named)
        {
            var other = shares.Single(s => s.Dataset == dataset).Percent;
            evidence.Require($"above {dataset}", onOasst > other, Invariant($"{onOasst}% against {other}%"));
        }

        foreach (var (dataset, percent) in shares.Where(s => s.Dataset != Oasst && !named.Contains(s.Dataset) && s.Percent >= onOasst))
        {
            evidence.Reserve(dataset, Invariant($"the sentence leaves it out; there the agreement is {percent}%"));
        }

        var cells = string.Join(", ", shares.Select(s => Invariant($"{s.Dataset} {s.Percent}%")));
        var (most, least) = (Count(shares.Where(s => s.Dataset == Oasst)), Count(shares.Where(s => s.Dataset == named[0])));
        var p = FisherExact.TwoSided(most, PromptsOfDataset - most, least, PromptsOfDataset - least);
        return evidence.PValue($"Fisher, {Oasst} against {named[0]}", p)
            .Explain(Invariant($"In Table 13 the preference reward model agrees with GPT-4 on {cells}. {most} against {least} of ")
                + Invariant($"{PromptsOfDataset}, the larger of the two differences, has p {p:F3}."));
    }

    // Section 8.1, over the three comparisons that the thesis lists by dataset. The prompts are the same in all of them.
    private static Evidence AbsoluteAgreesMore(SpecContext context)
    {
        var counts = Tables.Select(context.Table)
            .Select(table => (Absolute: Count(Shares(table, Absolute)), Preference: Count(Shares(table, Preference)))).ToList();
        var total = Tables.Sum(table => PromptsOfDataset * context.Table(table).Columns.Count);
        var (absolute, preference) = (counts.Sum(c => c.Absolute), counts.Sum(c => c.Preference));
        var test = TwoProportions.ZTest(absolute, total, preference, total);
        var ahead = counts.Count(c => c.Absolute > c.Preference);
        // The notebook has a fourth comparison, which the thesis does not print. It decides nothing.
        var (moreAbsolute, morePreference) = ((int)ReleasedValues.Stored(context, "agree_abs_rm_pref_vs_sft_all"),
            (int)ReleasedValues.Stored(context, "agree_pref_rm_pref_vs_sft_all"));
        var withStored = TwoProportions.ZTest(
            absolute + moreAbsolute, total + FinalPrompts, preference + morePreference, total + FinalPrompts);
        return context.Evidence()
            .Value("absolute", 100.0 * absolute / total)
            .Value("preference", 100.0 * preference / total)
            .Value("tables_in_which_absolute_is_ahead", ahead)
            .Sample("judgements", total)
            .RequireLead("the absolute reward model agrees more often, two proportions, unpaired", absolute, preference, test.PValue)
            .PValue("with the stored comparison that is not printed, two proportions, unpaired", withStored.PValue)
            .Explain(Invariant($"Over Tables 13, 18 and 19 the absolute reward model agrees with GPT-4 on {absolute} of {total} and the ")
                + Invariant($"preference reward model on {preference} ({ahead} of {Tables.Length} tables have the absolute one ahead; ")
                + Invariant($"unpaired p {test.PValue:G3}, which takes neither the shared prompts nor the pairs into account). With the ")
                + Invariant($"stored, unprinted comparison of preference and sft it is {absolute + moreAbsolute} against ")
                + Invariant($"{preference + morePreference} of {total + FinalPrompts}, unpaired p {withStored.PValue:G2}."));
    }

    // Section 6.2 compares the absolute reward model with itself: on the three other datasets against OASST.
    private static Evidence AbsoluteBetterOnThree(SpecContext context)
    {
        var table = context.Table("crs/table-13");
        var evidence = context.Evidence().Sample("prompts of each dataset", PromptsOfDataset);
        var (agreements, total) = (0, 0);
        var onOasst = table[Absolute, "oasst"].AsInput();
        var compared = new List<string>();
        foreach (var dataset in table.Columns.Where(d => d != "oasst"))
        {
            var (own, other) = (table[Absolute, dataset].AsInput(), table[Preference, dataset].AsInput());
            evidence.Value($"lead_{dataset}", own - other)
                .Require($"{dataset}: above oasst", own > onOasst, Invariant($"{own}% against {onOasst}%"));
            (agreements, total) = (agreements + (PercentGrid.Count(own, PromptsOfDataset) ?? 0), total + PromptsOfDataset);
            compared.Add(Invariant($"{dataset} {own}% (the preference one {other}%)"));
        }

        var ofOasst = PercentGrid.Count(onOasst, PromptsOfDataset) ?? 0;
        var p = FisherExact.TwoSided(agreements, total - agreements, ofOasst, PromptsOfDataset - ofOasst);
        evidence.PValue("Fisher, three datasets together against oasst", p);
        if (p >= VerdictRule.Level)
        {
            evidence.Reserve("chance", Invariant($"{agreements} of {total} against {ofOasst} of {PromptsOfDataset} is within chance ")
                + Invariant($"(Fisher's p {p:G3})"));
        }

        return evidence.Explain(Invariant($"The absolute reward model agrees with GPT-4 on {string.Join(", ", compared)}, against ")
            + Invariant($"{onOasst}% on oasst in Table 13: {agreements} of {total} against {ofOasst} of {PromptsOfDataset} (Fisher's p ")
            + Invariant($"{p:G3})."));
    }

    private static List<(string Dataset, double Percent)> Shares(PublishedTable table, string model) =>
        [.. table.Columns.Select(d => (d, table[model, d].AsInput()))];

    private static int Count(IEnumerable<(string Dataset, double Percent)> shares) =>
        (int)Math.Round(shares.Sum(s => s.Percent * PromptsOfDataset / 100));

    private static string Join(IEnumerable<(string Dataset, double Percent)> shares) =>
        string.Join(", ", shares.Select(s => Invariant($"{s.Percent}%")));

    private static string Lead(int absolute, int preference) =>
        absolute == preference ? "neither is ahead" : $"the {(absolute > preference ? "absolute" : "preference")} model is ahead";
}
