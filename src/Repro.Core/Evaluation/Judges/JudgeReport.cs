using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// What judgements add up to: the win rate of the second answer, and how much of it is the order in which the judge saw the answers.
/// </summary>
/// <param name="Rate">Win rate over pairs, with bounds for those without a preference.</param>
/// <param name="Outcomes">Judgements of each outcome.</param>
/// <param name="FirstWins">Judgements that the answer shown first won.</param>
/// <param name="Decided">Judgements that either answer won; equal outputs are none.</param>
/// <param name="FirstShare">Share of the decided that the first won, with Clopper and Pearson's interval; two judgements of one pair are
/// not independent, so that it is too narrow where both orders were shown.</param>
/// <param name="ShownFirstRate">Win rate in percent of the second answer where it was shown first; NaN where it never was.</param>
/// <param name="ShownSecondRate">The same where it was shown second.</param>
/// <param name="Notes">What a reader has to know: several models pooled, orders reconstructed,
/// outputs that look made for the judge.</param>
public sealed record JudgeReport(
    WinRate Rate,
    IReadOnlyDictionary<JudgeOutcome, int> Outcomes,
    int FirstWins,
    int Decided,
    Interval FirstShare,
    double ShownFirstRate,
    double ShownSecondRate,
    IReadOnlyList<string> Notes)
{
    /// <summary>The mean of the rates of both orders; NaN where one is missing.</summary>
    public double OrderAdjustedRate => (ShownFirstRate + ShownSecondRate) / 2;

    /// <summary>Counts judgements.</summary>
    /// <param name="judgements">At least one with a preference.</param>
    /// <param name="aggregation">How judgements of a pair become its preference.</param>
    /// <param name="mixed">Whether judgements of several models or fingerprints may be pooled.</param>
    /// <exception cref="ReproException">There is no preference, or several models are pooled without being asked to.</exception>
    public static JudgeReport Compute(IReadOnlyList<Judgement> judgements, PairAggregation aggregation = default, bool mixed = false)
    {
        ArgumentNullException.ThrowIfNull(judgements);
        var shown = judgements.Where(judgement => judgement is { Outcome: JudgeOutcome.Read, Preference: not null }).ToList();
        var notes = NotesOn(judgements, Sources(shown, mixed));
        var first = shown.Count(judgement => ShownFirst(judgement) < 1.5);
        var decided = shown.Count(judgement => ShownFirst(judgement) != 1.5);
        return new JudgeReport(
            WinRate.Compute(Preferences(judgements, aggregation).Select(pair => pair.Preference)),
            judgements.CountBy(judgement => judgement.Outcome).ToDictionary(),
            first,
            decided,
            decided == 0 ? new Interval(0, 1) : BinomialInterval.ClopperPearson(first, decided),
            RateOf(shown.Where(judgement => judgement.Switched)),
            RateOf(shown.Where(judgement => !judgement.Switched)),
            notes);
    }

    /// <summary>One preference a pair.</summary>
    /// <param name="judgements">Judgements in one order or both.</param>
    /// <param name="aggregation">How those of a pair are joined; a pair one of whose judgements is missing has none.</param>
    public static IReadOnlyList<(AnswerPair Pair, double? Preference)> Preferences(
        IEnumerable<Judgement> judgements, PairAggregation aggregation) =>
        [.. judgements.GroupBy(judgement => judgement.Pair.Index).Select(group => (group.First().Pair, Joined([.. group], aggregation)))];

    private static double? Joined(Judgement[] judgements, PairAggregation aggregation)
    {
        if (judgements.Any(judgement => judgement.Preference is null))
        {
            return null;
        }

        return aggregation == PairAggregation.Mean || judgements.Length == 1 ? judgements.Average(judgement => judgement.Preference!.Value)
            : judgements.Select(judgement => judgement.Preference).Aggregate(MtBench.Both);
    }

    private static double ShownFirst(Judgement judgement) =>
        judgement.Switched ? 3 - judgement.Preference!.Value : judgement.Preference!.Value;

    private static double RateOf(IEnumerable<Judgement> judgements) =>
        judgements.Select(judgement => 100 * (judgement.Preference!.Value - 1)).DefaultIfEmpty(double.NaN).Average();

    // Another model, or another version of it, is another judge.
    private static List<string> Sources(List<Judgement> judgements, bool mixed)
    {
        var sources = judgements.Where(judgement => judgement.Model is not null)
            .Select(judgement => judgement.Fingerprint is { } fingerprint ? $"{judgement.Model} ({fingerprint})" : judgement.Model!)
            .CountBy(source => source).Select(pair => Invariant($"{pair.Key}: {pair.Value}")).Order(StringComparer.Ordinal).ToList();
        return sources.Count <= 1 || mixed ? sources
            : throw new ReproException($"the judgements come from several judges, which are not pooled: {string.Join(", ", sources)}; "
                + "--mixed pools them");
    }

    private static List<string> NotesOn(IReadOnlyList<Judgement> judgements, List<string> sources)
    {
        var notes = new List<string>();
        if (sources.Count > 0)
        {
            notes.Add($"judged by {string.Join(", ", sources)}");
        }

        if (judgements.Any(judgement => judgement.OrderIsReconstructed))
        {
            notes.Add("the file does not say which answer was shown first: it is what AlpacaEval's rule gives for the instruction");
        }

        notes.AddRange(Suspicious(judgements, "1", pair => pair.Output1));
        notes.AddRange(Suspicious(judgements, "2", pair => pair.Output2));
        return notes;
    }

    private static IEnumerable<string> Suspicious(IReadOnlyList<Judgement> judgements, string side, Func<AnswerPair, string> output)
    {
        var outputs = judgements.Select(judgement => judgement.Pair).DistinctBy(pair => pair.Index).Select(output).ToList();
        var (text, times) = outputs.CountBy(one => one).MaxBy(pair => pair.Value);
        if (times > 1 && times > 0.05 * outputs.Count)
        {
            yield return Invariant($"output_{side} is the same for {times} of {outputs.Count} prompts (\"")
                + (text.Length <= 40 ? text : text[..40] + "...") + "\"): an answer that does not depend on the prompt";
        }

        var marked = outputs.Count(one => JudgeTemplate.Marks.Any(mark => one.Contains(mark, StringComparison.Ordinal)));
        if (marked > 0)
        {
            yield return Invariant($"output_{side} holds marks of a prompt ({string.Join(", ", JudgeTemplate.Marks)}) in {marked} answers");
        }
    }
}
