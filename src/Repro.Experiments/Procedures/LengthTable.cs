using System.Globalization;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>The derived table of response lengths, checked against the annotations it was derived from.</summary>
public static class LengthTable
{
    /// <summary>Reads the table.</summary>
    /// <param name="table">Columns file, index, output, generator, won, llama_tokens_with_bos, words, chars.</param>
    /// <exception cref="InputException">A column is missing, or a cell is no whole number.</exception>
    public static IReadOnlyList<ResponseLength> Read(TableFacts table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var (file, generator) = (table.IndexOf("file"), table.IndexOf("generator"));
        int[] numbers = [.. new[] { "index", "output", "won", "llama_tokens_with_bos", "words", "chars" }.Select(table.IndexOf)];
        return
        [
            .. table.Rows.Select((row, i) =>
            {
                int[] n = [.. numbers.Select(c => int.TryParse(row[c], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                    ? value
                    : throw new InputException(Invariant($"row {i + 1}: '{row[c]}' in column {table.Columns[c]} is not a whole number")))];
                return new ResponseLength(row[file], n[0], n[1], row[generator], n[2] == 1, n[3], n[4], n[5]);
            }),
        ];
    }

    /// <summary>The two responses of each judgement, the preferred one first.</summary>
    /// <param name="lengths">Lengths of both responses of each judgement.</param>
    /// <exception cref="InputException">A judgement has not exactly one winner and one loser.</exception>
    public static IReadOnlyList<(ResponseLength Winner, ResponseLength Loser)> Pairs(IEnumerable<ResponseLength> lengths) =>
    [
        .. lengths.GroupBy(l => (l.File, l.Index)).Select(g => g.ToList() is [var a, var b] && a.Won != b.Won
            ? a.Won ? (a, b) : (b, a)
            : throw new InputException(Invariant($"{g.Key.File}: judgement {g.Key.Index} has not one winner and one loser in the table of lengths"))),
    ];

    /// <summary>Number of responses of one file whose model, outcome, words or characters differ between the table and the annotations.</summary>
    /// <param name="lengths">Rows of the table for the file.</param>
    /// <param name="annotations">The judgements of the file.</param>
    /// <returns>Differing responses, and responses that only one of the two holds.</returns>
    public static int Mismatches(IEnumerable<ResponseLength> lengths, IReadOnlyList<PairwiseFacts.Row> annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        var table = lengths.Select(l => (l.Index, l.Output, l.Generator, l.Won, l.Words, l.Characters)).ToHashSet();
        var raw = annotations.SelectMany((r, i) => new[]
        {
            (i, 1, r.Generator1, r.Preference == 1, r.Words1, r.Characters1),
            (i, 2, r.Generator2, r.Preference == 2, r.Words2, r.Characters2),
        }).ToHashSet();
        return Math.Max(table.Except(raw).Count(), raw.Except(table).Count());
    }
}
