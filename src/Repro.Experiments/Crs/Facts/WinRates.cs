using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Shares of wins from pairwise annotations.</summary>
internal static class WinRates
{
    /// <summary>Counts the wins of one model in a comparison.</summary>
    /// <param name="annotations">The judgements.</param>
    /// <param name="model">Name of the model as the annotation file gives it.</param>
    /// <returns>Wins and number of judgements in which the model takes part.</returns>
    /// <exception cref="ReproException">The model takes part in none.</exception>
    public static (int Wins, int Total) Count(IEnumerable<PairwiseFacts.Row> annotations, string model)
    {
        var rows = annotations.Where(r => r.Generator1 == model || r.Generator2 == model).ToList();
        return rows.Count > 0
            ? (rows.Count(r => r.Winner == model), rows.Count)
            : throw new ReproException($"no annotation compares the model '{model}'");
    }

    /// <summary>The share of wins of one model in percent.</summary>
    /// <param name="count">Wins and total, from <see cref="Count"/>.</param>
    public static double Percent((int Wins, int Total) count) => 100.0 * count.Wins / count.Total;
}

/// <summary>What every comparison against a fair coin reports: interval, exact p, and the number of judgements that the observed share
/// would need.</summary>
internal static class ShareEvidence
{
    /// <summary>How the intervals beside the exact test are computed: by inverting it, so that both agree.</summary>
    public const string Method = "Clopper-Pearson";

    /// <summary>Adds sample size, exact interval in percent and the exact two-sided p against a fair coin.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">What the share is a share of; unique within the evidence.</param>
    /// <param name="count">Wins and total, total at least 1.</param>
    public static EvidenceBuilder Share(this EvidenceBuilder evidence, string name, (int Wins, int Total) count)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var interval = BinomialInterval.ClopperPearson(count.Wins, count.Total);
        return evidence.Sample(name, count.Total)
            .Interval(name, 100 * interval.Lower, 100 * interval.Upper, Method, estimate: WinRates.Percent(count))
            .PValue($"binomial, {name}", BinomialTest.TwoSided(count.Wins, count.Total));
    }

    /// <summary>Adds the p-value of one share after Holm's correction over the table it stands in.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">Name of the table.</param>
    /// <param name="family">Wins and totals of all shares of the table.</param>
    /// <param name="index">Place of the share in the family.</param>
    public static EvidenceBuilder HolmOver(
        this EvidenceBuilder evidence, string name, IReadOnlyList<(int Wins, int Total)> family, int index)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.PValue($"binomial, Holm over the {family.Count} of {name}", Adjusted(family)[index]);
    }

    /// <summary>Records that one side of a comparison has the majority, told from a fair coin by the exact test: no tie and no lead within
    /// chance decides.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">The comparison; unique within the evidence.</param>
    /// <param name="count">Wins of the side that the claim puts ahead, and total.</param>
    public static EvidenceBuilder RequireMajority(this EvidenceBuilder evidence, string name, (int Wins, int Total) count)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.RequireLead(name, count.Wins, count.Total - count.Wins, BinomialTest.TwoSided(count.Wins, count.Total));
    }

    /// <summary>The exact tests of all shares of a table against a fair coin, to be corrected together.</summary>
    /// <param name="name">Name of the table, as the claims give it.</param>
    /// <param name="counts">Wins and totals, at least one.</param>
    public static TestFamily Family(string name, IEnumerable<(int Wins, int Total)> counts) =>
        new(name, [.. counts.Select(c => BinomialTest.TwoSided(c.Wins, c.Total))]);

    /// <summary>Exact two-sided p-values against a fair coin after Holm's correction.</summary>
    /// <param name="family">Wins and totals; none gives none.</param>
    public static double[] Adjusted(IReadOnlyCollection<(int Wins, int Total)> family)
    {
        ArgumentNullException.ThrowIfNull(family);
        return family.Count == 0 ? [] : Holm.Adjust([.. family.Select(c => BinomialTest.TwoSided(c.Wins, c.Total))]);
    }

    /// <summary>Number of judgements at which a share like the observed one is told from a fair coin with 80% power at the 5% level; null
    /// when it is one half.</summary>
    /// <param name="count">Wins and total, total at least 1.</param>
    public static int? NeededFor80PercentPower((int Wins, int Total) count) =>
        2 * count.Wins == count.Total ? null : BinomialTest.TrialsForPower((double)count.Wins / count.Total);

    /// <summary>The share with interval and p, for explanations: <c>66 of 100 (66.0%, 95% interval 56.3 to 74.5; exact p against a fair
    /// coin 0.00179)</c>.</summary>
    /// <param name="count">Wins and total, total at least 1.</param>
    public static string Describe((int Wins, int Total) count)
    {
        var interval = BinomialInterval.ClopperPearson(count.Wins, count.Total);
        return Invariant($"{count.Wins} of {count.Total} ({WinRates.Percent(count):F1}%, ")
            + Invariant($"95% interval {100 * interval.Lower:F1} to {100 * interval.Upper:F1}; ")
            + Invariant($"exact p against a fair coin {BinomialTest.TwoSided(count.Wins, count.Total):G3})");
    }
}

/// <summary>The trivial judge that prefers the longer output.</summary>
internal static class LongerWins
{
    /// <summary>How often the preferred output is the longer one, in characters; equally long pairs are left out.</summary>
    /// <param name="annotations">The judgements.</param>
    /// <returns>Agreements with the trivial judge, and pairs of different length; zeros when there is none.</returns>
    public static (int Wins, int Total) Count(IReadOnlyCollection<PairwiseFacts.Row> annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        var unequal = annotations.Where(r => r.Characters1 != r.Characters2).ToList();
        return (unequal.Count(r => r.Characters1 > r.Characters2 == (r.Preference == 1)), unequal.Count);
    }
}

/// <summary>Wins of one model by the place in which the judge saw its answer.</summary>
/// <param name="First">Where it was shown first.</param>
/// <param name="Second">Where it was shown second.</param>
internal sealed record WinsByPlace((int Wins, int Total) First, (int Wins, int Total) Second)
{
    /// <summary>The win rate in percent as the mean of both places, as if each pair had been shown in both orders.</summary>
    public double BothOrders => (WinRates.Percent(First) + WinRates.Percent(Second)) / 2;

    /// <summary>The win rate in percent as counted.</summary>
    public double Raw => WinRates.Percent((First.Wins + Second.Wins, First.Total + Second.Total));

    /// <summary>Two-sided p of equal models under a judge who favours a place: then the model wins from the second place as often as its
    /// rival does, which is as often as the model loses from the first one (Fisher's exact test).</summary>
    public double PValue => FisherExact.TwoSided(Second.Wins, Second.Total - Second.Wins, First.Total - First.Wins, First.Wins);

    /// <summary>Counts the judgements of one comparison.</summary>
    /// <param name="rows">The judgements.</param>
    /// <param name="model">Name of the model as the annotation file gives it.</param>
    /// <exception cref="ReproException">The model is never shown first, or never second.</exception>
    public static WinsByPlace Count(IReadOnlyCollection<PairwiseFacts.Row> rows, string model)
    {
        ArgumentNullException.ThrowIfNull(rows);
        (int Wins, int Total) Count(bool first)
        {
            var own = rows.Where(r => r.Generator1 == model || r.Generator2 == model).Where(r => (r.ShownFirst == model) == first).ToList();
            return own.Count > 0
                ? (own.Count(r => r.Winner == model), own.Count)
                : throw new ReproException($"'{model}' is never shown {(first ? "first" : "second")}; a rate over both orders needs both");
        }

        return new WinsByPlace(Count(true), Count(false));
    }
}

/// <summary>What is said of a win rate beside its count: the judge favours the answer shown second, and saw each pair in one order
/// only.</summary>
internal static class PlaceEvidence
{
    /// <summary>Adds the win rates by place and over both orders. They are no part of a verdict on what was counted.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="rows">The judgements.</param>
    /// <param name="model">The model whose wins are counted.</param>
    public static EvidenceBuilder ByPlace(this EvidenceBuilder evidence, IReadOnlyCollection<PairwiseFacts.Row> rows, string model)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var places = WinsByPlace.Count(rows, model);
        return evidence.Value("win_rate_shown_first", WinRates.Percent(places.First))
            .Value("win_rate_shown_second", WinRates.Percent(places.Second))
            .Value("win_rate_over_both_orders", places.BothOrders);
    }

    /// <summary>As <see cref="ByPlace"/>, for a claim that one model beats the other: reserves it unless the lead stays beyond chance
    /// when the place may matter.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="rows">The judgements.</param>
    /// <param name="model">The model that the claim puts ahead.</param>
    public static EvidenceBuilder ReservePlace(this EvidenceBuilder evidence, IReadOnlyCollection<PairwiseFacts.Row> rows, string model)
    {
        var places = WinsByPlace.Count(rows, model);
        evidence.ByPlace(rows, model).PValue("both orders, Fisher", places.PValue);
        return VerdictRule.OfLead(places.BothOrders.CompareTo(50), places.PValue) == Outcome.Agrees
            ? evidence
            : evidence.Reserve("place of the answers", Invariant($"the judge favours the answer shown second; as the mean of both orders ")
                + Invariant($"the rate is {places.BothOrders:F1}%, p = {places.PValue:G3}"));
    }
}
