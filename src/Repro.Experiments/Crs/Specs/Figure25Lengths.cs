using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Figure 25 and section 6.2: lengths of winning and losing responses in the ten final comparisons.</summary>
internal sealed class Figure25Lengths : ISpecGroup
{
    private const int FigureBins = 20;
    private const double RangeWidth = 100;
    private const double OverlapWidth = 50;
    private const int Resamples = 10000;
    private const ulong Seed = 25;

    // Cohen's conventions: below 0.5 standard deviations a difference is small.
    private const double SmallEffect = 0.5;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-F25-peak-win", c => PeakRange(c, winners: true)),
        new("CRS-F25-peak-lose", c => PeakRange(c, winners: false)),
        new("CRS-F25-overlap", Overlap),
        new("CRS-F25-bias", Bias),
        new("CRS-F25-ttest", StoredTest),
    ];

    private static Evidence PeakRange(SpecContext context, bool winners)
    {
        var evidence = context.Evidence();
        var pairs = ReleasedLengths.Pairs(context, evidence, Comparisons.Final);
        evidence.Sample("responses", pairs.Count);
        var peaks = new List<string>();
        foreach (var (unit, of) in ReleasedLengths.Units)
        {
            double[] lengths = [.. pairs.Select(p => of(winners ? p.Winner : p.Loser))];
            var (fine, wide) = (HistogramPeaks.OfEqualBins(lengths, FigureBins), HistogramPeaks.OfWidth(lengths, RangeWidth));
            evidence.Value($"{unit}_peak_of_{FigureBins}_bins_lower", fine.Lower)
                .Value($"{unit}_peak_of_{FigureBins}_bins_upper", fine.Upper)
                .Value($"{unit}_peak_of_{FigureBins}_bins_count", fine.Count)
                .Value(Invariant($"{unit}_peak_of_{RangeWidth}_wide_bins_lower"), wide.Lower)
                .Value(Invariant($"{unit}_peak_of_{RangeWidth}_wide_bins_count"), wide.Count);
            if (unit == "tokens")
            {
                AddPeak(context, evidence, fine, wide);
            }

            peaks.Add(
                Invariant($"{wide.Lower:F0} to {wide.Upper:F0} {unit} ({wide.Count} of {lengths.Length}; ")
                    + Invariant($"highest of {FigureBins} bins {fine.Lower:F0} to {fine.Upper:F0})"));
        }

        return evidence.Explain(
            $"{(winners ? "Winning" : "Losing")} responses are most frequent from {string.Join(", or ", peaks)}; "
                + $"the text states {context.Printed("lower").Text} to {context.Printed("upper").Text} without a unit, "
                + "and the stored analysis counts tokens.");
    }

    // The text may read the range off the twenty bins of its figure: where their peak reaches into it, the claim holds with that
    // reservation.
    private static void AddPeak(SpecContext context, EvidenceBuilder evidence, HistogramPeaks.Peak fine, HistogramPeaks.Peak wide)
    {
        var (lower, upper) = (context.Printed("lower"), context.Printed("upper"));
        var peak = Invariant($"the highest of the {FigureBins} bins of the figure, {fine.Lower:F1} to {fine.Upper:F1} tokens");
        if (Definitions.Gives(wide.Lower, lower) || fine.Lower >= upper.AsTarget() || fine.Upper <= lower.AsTarget())
        {
            evidence.Check("lower end of the most frequent range, tokens", lower, wide.Lower)
                .Check("upper end of the most frequent range, tokens", upper, wide.Upper);
            return;
        }

        evidence.Require("the highest bin of the figure reaches into the stated range", true, peak)
            .Reserve("bins", Invariant($"{peak}, only touches the range; bins of {RangeWidth:F0} tokens peak at {wide.Lower:F0} to ")
                + Invariant($"{wide.Upper:F0}"));
    }

    private static Evidence Overlap(SpecContext context)
    {
        var evidence = context.Evidence();
        var pairs = ReleasedLengths.Pairs(context, evidence, Comparisons.Final);
        double[] winners = [.. pairs.Select(p => (double)p.Winner.Tokens)];
        double[] losers = [.. pairs.Select(p => (double)p.Loser.Tokens)];
        var overlap = HistogramPeaks.Overlap(winners, losers, OverlapWidth);
        foreach (var (name, lengths) in new[] { ("winners", winners), ("losers", losers) })
        {
            evidence.Value($"{name}_min", lengths.Min()).Value($"{name}_max", lengths.Max())
                .Value($"{name}_mean", Descriptive.Mean(lengths)).Value($"{name}_median", Descriptive.Median(lengths))
                .Sample(name, lengths.Length)
                .Require(
                    $"{name}: the longest is over ten times the shortest",
                    lengths.Max() > 10 * lengths.Min(),
                    Invariant($"{lengths.Min()} to {lengths.Max()}"));
        }

        return evidence.Value("overlap_coefficient", overlap)
            .Require("the distributions share more than half of their area", overlap > 0.5, Invariant($"{overlap:F3}"))
            .Explain(
                Invariant($"Winning responses have {winners.Min()} to {winners.Max()} tokens (mean {Descriptive.Mean(winners):F1}, ")
                    + Invariant($"median {Descriptive.Median(winners):F1}), losing ones {losers.Min()} to {losers.Max()} (mean ")
                    + Invariant($"{Descriptive.Mean(losers):F1}, median {Descriptive.Median(losers):F1}); ")
                    + Invariant($"histograms with bins of {OverlapWidth} tokens share {100 * overlap:F1}% of their area."));
    }

    private static Evidence Bias(SpecContext context)
    {
        var evidence = context.Evidence();
        var pairs = ReleasedLengths.Pairs(context, evidence, Comparisons.Final);
        double[] winners = [.. pairs.Select(p => (double)p.Winner.Tokens)];
        double[] losers = [.. pairs.Select(p => (double)p.Loser.Tokens)];
        var signs = pairs.Select(p => Math.Sign(p.Winner.Tokens - p.Loser.Tokens)).ToList();
        var (longer, shorter, equal) = (signs.Count(s => s > 0), signs.Count(s => s < 0), signs.Count(s => s == 0));
        var test = TTest.Pooled(winners, losers);
        var effect = test.T * Math.Sqrt((1.0 / winners.Length) + (1.0 / losers.Length));
        var ofPrompts = pairs.GroupBy(p => context.Judgements(p.Winner.File)[p.Winner.Index].Prompt)
            .Select(g => (
                Longer: g.Count(p => p.Winner.Tokens > p.Loser.Tokens),
                Shorter: g.Count(p => p.Winner.Tokens < p.Loser.Tokens))).ToArray();
        var share = Bootstrap.Interval(
            ofPrompts.Length, drawn => Share(ofPrompts, drawn), Resamples, Seed, cancellation: context.Cancellation);
        return evidence
            .Value("longer_wins", longer).Value("shorter_wins", shorter).Value("equal", equal)
            .Value("share_of_untied", 100.0 * longer / (longer + shorter))
            .Value("t", test.T).Value("effect_size", effect)
            .Value("winner_loser_correlation", Correlation.Pearson(winners, losers))
            .Sample("judgements", pairs.Count).Sample("prompts", ofPrompts.Length).Seed(Seed)
            .PValue("sign test, longer wins", SignTest.TwoSided(longer, shorter))
            .PValue("pooled t, winner and loser lengths", test.PValue)
            .RequireInterval(
                "share of untied judgements that the longer response wins", 100 * share.Lower, 100 * share.Upper, Side.Above, 50,
                $"percentile bootstrap over prompts, {Resamples} resamples")
            .Require("slight: a small difference in length", effect < SmallEffect, Invariant($"{effect:F2} standard deviations"))
            .Explain(Invariant($"The longer response (tokens) wins {longer}, the shorter {shorter} and {equal} are equally long of ")
                + Invariant($"{pairs.Count} judgements: {100.0 * longer / (longer + shorter):F1}% of the untied (95% interval over the ")
                + Invariant($"{ofPrompts.Length} prompts {100 * share.Lower:F1} to {100 * share.Upper:F1}). Winners are {effect:F2} ")
                + Invariant($"standard deviations longer (t {test.T:F4})."));
    }

    private static double Share((int Longer, int Shorter)[] ofPrompts, ReadOnlySpan<int> drawn)
    {
        var (longer, shorter) = (0, 0);
        foreach (var prompt in drawn)
        {
            (longer, shorter) = (longer + ofPrompts[prompt].Longer, shorter + ofPrompts[prompt].Shorter);
        }

        return (double)longer / (longer + shorter);
    }

    private static Evidence StoredTest(SpecContext context)
    {
        var evidence = context.Evidence();
        var pairs = ReleasedLengths.Pairs(context, evidence, Comparisons.Final);
        double[] winners = [.. pairs.Select(p => (double)p.Winner.Tokens)];
        double[] losers = [.. pairs.Select(p => (double)p.Loser.Tokens)];
        var (t, r) = (TTest.Pooled(winners, losers).T, Correlation.Pearson(winners, losers));
        var paired = TTest.Paired(winners, losers);
        var stored = context.Artifact<TableFacts>(ReleasedValues.Notebook);
        var (storedT, storedR) = (
            stored.Number("key", "winner_loser_length_t", "value"), stored.Number("key", "winner_loser_length_corr", "value"));
        return evidence
            .Compare("t", context.Printed("t"), t)
            .Compare("r", context.Printed("r"), r)
            .Sample("judgements", pairs.Count)
            .Value("paired_t", paired.T)
            .PValue("paired t", paired.PValue)
            .Reserve("pairs", Invariant($"the stored test treats the two responses to one prompt as independent; as pairs they give t ")
                + Invariant($"{paired.T:F2}"))
            .Require("all stored digits of t", Math.Abs(t - storedT) <= 1e-12 * Math.Abs(storedT), Invariant($"{t:R} against {storedT:R}"))
            .Require("all stored digits of r", Math.Abs(r - storedR) <= 1e-12, Invariant($"{r:R} against {storedR:R}"))
            .Explain(Invariant($"Token lengths of {winners.Length} winners and {losers.Length} losers give t {t:F6} and r {r:F6}; ")
                + Invariant($"stored are {storedT:F6} and {storedR:F6}. Winner and loser answer the same prompt: the paired t is ")
                + Invariant($"{paired.T:F2}."));
    }
}
