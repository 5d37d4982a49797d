using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Table 1: whether the printed accuracies are attainable on the public test sets (GRIM).</summary>
internal sealed class Table1Grim : ISpecGroup
{
    private const int SearchFrom = 100;
    private const int SearchTo = 200;

    // Below this chance of as many fitting scores a row is taken to be of the stated size.
    private const double SizeIsRight = 0.01;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-T1-GRIM-HUMANEVAL", c => Check(c, "HumanEval")),
        new("ADR-T1-GRIM-GSM8K", c => Check(c, "GSM8K")),
        new("ADR-T1-GRIM-WINOGRANDE", c => Check(c, "WindoGrande")),
        new("ADR-T1-GRIM-CSQA", c => Check(c, "CommonsenseQA")),
        new("ADR-T1-GRIM-ARCC", c => Check(c, "ARC-C")),
        new("ADR-T1-GRIM-ARCE", c => Check(c, "ARC-E")),
        new("ADR-T1-GRIM-C3", c => Check(c, "C3", "mixed_genre", "dialogue")),
        new("ADR-T1-GRIM-CEVAL", c => Check(c, "C-Eval")),
        new("ADR-T1-GRIM-RACE", c => Check(c, "Race")),
        new("ADR-T1-GRIM-BBH", c => Check(c, "BBH")),
    ];

    // First the row: only where more scores fit the size than arbitrary ones would, the size is right and single scores can be blamed.
    private static void Judge(EvidenceBuilder evidence, string[] scores, int size, int attainable, IReadOnlyList<int> sizes, string missed)
    {
        var rate = Grim.RowPassRate(scores, size);
        evidence.PValue("so many scores fit by chance", rate.PValue);
        var row = Invariant($"{attainable} of {scores.Length} scores fit {size} questions (chance of so many {rate.PValue:G2})");
        if (attainable == scores.Length)
        {
            evidence.Require(Invariant($"every score is k/{size}"), true, row);
        }
        else if (rate.PValue < SizeIsRight)
        {
            evidence.Require(Invariant($"the row is of {size} questions"), true, row).Reserve("single scores", $"not attainable: {missed}");
        }
        else if (sizes.Count > 0)
        {
            evidence.Require(
                Invariant($"the row is of {size} questions"), false,
                Invariant($"{row}; {InvariantText.Join(", ", sizes)} questions fit all of them"));
        }
        else
        {
            evidence.Undecided("number of questions", Invariant($"{row}: the row does not show that it is of {size} questions, so that ")
                + "no single score can be called wrong");
        }
    }

    private static Evidence Check(SpecContext context, string benchmark, params string[] parts)
    {
        var scores = new BenchmarkTable(context).ScoresText(benchmark);
        var size = (int)context.Printed("questions").AsInput();
        var attainable = scores.Count(s => Grim.IsAttainable(s, size));
        var sizes = Grim.AttainableSizes(scores, SearchFrom, SearchTo);
        var missed = attainable == scores.Length ? "none" : string.Join(", ", scores.Where(s => !Grim.IsAttainable(s, size)));
        var search = sizes.Count == 0 ? "none" : InvariantText.Join(", ", sizes);

        // Of the 10^4 four-decimal numbers below 1 at most n + 1 are attainable: the share of arbitrary scores that would pass.
        var chance = Math.Min(1, (size + 1) / Math.Pow(10, BenchmarkTable.Decimals));
        var evidence = context.Evidence()
            .Value("attainable", attainable)
            .Value("not_attainable", missed)
            .Value($"sizes_{SearchFrom}_to_{SearchTo}_that_fit_all", search)
            .Value("share_of_arbitrary_scores_that_pass", chance)
            .Sample("scores", scores.Length)
            .Sample("questions", size);
        Judge(evidence, scores, size, attainable, sizes, missed);

        foreach (var part in parts)
        {
            var partSize = (int)context.Printed(part).AsInput();
            evidence.Value($"attainable, {part}", scores.Count(s => Grim.IsAttainable(s, partSize))).Sample($"questions, {part}", partSize);
        }

        return evidence.Explain(
            Invariant($"{attainable} of the {scores.Length} printed {benchmark} scores are a whole number of {size} questions rounded ")
                + Invariant($"to four decimals, as {100 * chance:F0}% of arbitrary scores would be; not attainable: {missed}. A score ")
                + Invariant($"averaged over runs or subsets need not be. Sizes from {SearchFrom} to {SearchTo} that fit all of them: ")
                + Invariant($"{search}.{Loop(sizes, size)}"));
    }

    // A loop over batches that drops the last, smaller one leaves a multiple of the batch.
    private static string Loop(IReadOnlyList<int> sizes, int size)
    {
        int[] batches = sizes.Count == 1 ? [.. new[] { 8, 16, 32, 64 }.Where(b => size / b * b == sizes[0])] : [];
        return batches.Length == 0 ? string.Empty : Invariant($" {sizes[0]} is {size} cut to a multiple of ")
            + Invariant($"{InvariantText.Join(" or ", batches)}, as a loop that drops its last batch gives.");
    }
}

/// <summary>ADR Table 1: no two benchmarks should have the same seven scores.</summary>
internal sealed class Table1Duplicates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-T1-DUP", Check)];

    private static Evidence Check(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var sizes = context.Table("adr/test-set-sizes");
        var groups = table.Distinct().Where(g => g.Count > 1).ToList();
        var evidence = context.Evidence()
            .Sample("benchmarks", table.Benchmarks.Count)
            .Value("groups_of_equal_rows", groups.Count)
            .Value("equal_rows", groups.Count == 0 ? "none" : string.Join("; ", groups.Select(g => string.Join(" = ", g))))
            .Require("all rows differ", groups.Count == 0);
        var chance = string.Empty;
        foreach (var group in groups)
        {
            // An upper bound for one column: the true accuracies of two test sets need not be equal.
            var (first, second) = (sizes[group[0], "items"].AsInput(), sizes[group[1], "items"].AsInput());
            var unit = Math.Pow(10, -BenchmarkTable.Decimals);
            var probability = table.Columns.Select(c => BenchmarkTable.ChanceOfEqualScores(table.Score(group[0], c), first, second, unit))
                .ToList();
            evidence.Value($"largest chance of one equal score, {group[0]} and {group[1]}", probability.Max())
                .Value($"log10 of the chance of all equal if independent, {group[0]} and {group[1]}", probability.Sum(Math.Log10));
            chance = Invariant($" Two test sets of these sizes with equal true accuracy agree in one four-digit score with a chance of ")
                + Invariant($"at most {probability.Max():G2}, in all seven, if independent, of about ")
                + Invariant($"1e{probability.Sum(Math.Log10):F0}.");
        }

        return evidence.Explain(
            "Rows with the same seven scores: "
                + $"{(groups.Count == 0 ? "none" : string.Join("; ", groups.Select(g => string.Join(" = ", g))))}.{chance}");
    }
}
