using System.Globalization;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Response lengths of the ten final comparisons.</summary>
internal static class ReleasedLengths
{
    /// <summary>The three units in which the table gives lengths.</summary>
    internal static IReadOnlyList<(string Name, Func<ResponseLength, double> Of)> Units { get; } =
        [("tokens", l => l.Tokens), ("words", l => l.Words), ("characters", l => l.Characters)];

    /// <summary>Lengths of all responses of some files.</summary>
    internal static IReadOnlyList<ResponseLength> Read(SpecContext context, IReadOnlyCollection<string> files) =>
        [.. LengthTable.Read(context.Artifact<TableFacts>(ReleasedValues.ResponseLengths)).Where(l => files.Contains(l.File))];

    /// <summary>Winner and loser of each judgement of some files, after recording that table and annotations agree.</summary>
    internal static IReadOnlyList<(ResponseLength Winner, ResponseLength Loser)> Pairs(
        SpecContext context, EvidenceBuilder evidence, IReadOnlyCollection<string> files)
    {
        var lengths = Read(context, files);
        RequireAgreement(context, evidence, lengths, files);
        return LengthTable.Pairs(lengths);
    }

    /// <summary>Records that words, characters and outcomes of the table are those of the annotations.</summary>
    internal static void RequireAgreement(
        SpecContext context, EvidenceBuilder evidence, IReadOnlyList<ResponseLength> lengths, IReadOnlyCollection<string> files)
    {
        var mismatches = files.Sum(f => LengthTable.Mismatches(lengths.Where(l => l.File == f), context.Judgements(f)));
        evidence.Value("lengths_that_differ_from_the_annotations", mismatches)
            .Require(
                "words, characters and outcomes of the length table are those of the annotations",
                mismatches == 0,
                Invariant($"{mismatches} differ"));
    }
}

/// <summary>The derived table of response lengths, checked against the annotations it was derived from.</summary>
internal static class LengthTable
{
    /// <summary>Reads the table.</summary>
    /// <param name="table">Columns file, index, output, generator, won, llama_tokens_with_bos, words, chars.</param>
    /// <exception cref="ReproException">A column is missing, or a cell is no whole number.</exception>
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
                    : throw new ReproException(Invariant($"row {i + 1}: '{row[c]}' in column {table.Columns[c]} is not a whole number")))];
                return new ResponseLength(row[file], n[0], n[1], row[generator], n[2] == 1, n[3], n[4], n[5]);
            }),
        ];
    }

    /// <summary>The two responses of each judgement, the preferred one first.</summary>
    /// <param name="lengths">Lengths of both responses of each judgement.</param>
    /// <exception cref="ReproException">A judgement has not exactly one winner and one loser.</exception>
    public static IReadOnlyList<(ResponseLength Winner, ResponseLength Loser)> Pairs(IEnumerable<ResponseLength> lengths) =>
    [
        .. lengths.GroupBy(l => (l.File, l.Index)).Select(g => g.ToList() is [var a, var b] && a.Won != b.Won
            ? a.Won ? (a, b) : (b, a)
            : throw new ReproException(
                Invariant($"{g.Key.File}: judgement {g.Key.Index} has not one winner and one loser in the table of lengths"))),
    ];

    /// <summary>Number of responses of one file whose model, outcome, words or characters differ between the table and the
    /// annotations.</summary>
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

/// <summary>The length of one response in a comparison.</summary>
/// <param name="File">The annotation file.</param>
/// <param name="Index">Place of the judgement in the file, from 0.</param>
/// <param name="Output">1 or 2: which output of the judgement.</param>
/// <param name="Generator">The model.</param>
/// <param name="Won">Whether it was preferred.</param>
/// <param name="Tokens">Llama tokens with the start token.</param>
/// <param name="Words">White-space separated words.</param>
/// <param name="Characters">Code points.</param>
internal sealed record ResponseLength(
    string File, int Index, int Output, string Generator, bool Won, int Tokens, int Words, int Characters);

/// <summary>Token lengths of responses, from the derived table of lengths.</summary>
internal static class ResponseTokens
{
    /// <summary>Tokens of the responses of one model in one comparison, in order of the prompts.</summary>
    /// <exception cref="ReproException">There is none.</exception>
    internal static double[] Read(SpecContext context, string file, string model)
    {
        var table = context.Artifact<TableFacts>(ReleasedValues.ResponseLengths);
        var (fileAt, modelAt, tokensAt) = (table.IndexOf("file"), table.IndexOf("generator"), table.IndexOf("llama_tokens_with_bos"));
        double[] tokens =
        [
            .. table.Rows.Where(r => r[fileAt] == file && r[modelAt] == model)
                .Select(r => double.Parse(r[tokensAt], CultureInfo.InvariantCulture)),
        ];
        return tokens.Length > 0
            ? tokens
            : throw new ReproException($"{ReleasedValues.ResponseLengths}: no responses of '{model}' in '{file}'");
    }
}
