using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>A printed number that may follow from another definition than the stated one.</summary>
internal static class Definitions
{
    /// <summary>
    /// Compares a printed number with the definition that the paper states. Where that does not give it but one of the alternatives does,
    /// the comparison is made with that alternative and a reservation says so. The numbers of all definitions are recorded.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">What is compared.</param>
    /// <param name="published">The printed number.</param>
    /// <param name="stated">The stated definition and its number; the name must be unique within the evidence.</param>
    /// <param name="alternatives">Other definitions, the likeliest first.</param>
    public static EvidenceBuilder CompareUnder(
        this EvidenceBuilder evidence,
        string name,
        Printed published,
        (string Definition, double Value) stated,
        params IReadOnlyList<(string Definition, double Value)> alternatives)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(published);
        ArgumentNullException.ThrowIfNull(alternatives);
        foreach (var (definition, value) in alternatives.Prepend(stated))
        {
            evidence.Value(definition, value);
        }

        if (Gives(stated.Value, published) || !alternatives.Any(a => Gives(a.Value, published)))
        {
            return evidence.Check(name, published, stated.Value);
        }

        var other = alternatives.First(a => Gives(a.Value, published));
        return evidence.Check(name, published, other.Value)
            .Reserve(
                name,
                Invariant($"{published.Text} follows from {other.Definition} ({other.Value:G6}), ")
                    + Invariant($"not from {stated.Definition} ({stated.Value:G6})"));
    }

    /// <summary>Whether a number rounds to the printed text.</summary>
    /// <param name="value">The number, in the printed unit.</param>
    /// <param name="published">The printed number.</param>
    public static bool Gives(double value, Printed published)
    {
        ArgumentNullException.ThrowIfNull(published);
        return Math.Abs(value - published.AsTarget()) <= published.HalfUnit + (1e-9 * Math.Max(1, Math.Abs(value)));
    }
}

/// <summary>A printed square matrix of win rates: row model against column model.</summary>
internal static class PrintedMatrix
{
    /// <summary>Sums of the mirror cells (i, j) and (j, i), in row order, as inputs.</summary>
    /// <param name="table">A table whose rows and columns have the same names.</param>
    public static IReadOnlyList<(string First, string Second, double Sum)> MirrorSums(PublishedTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var models = table.Columns;
        return
        [
            .. models.SelectMany((first, i) => models.Skip(i + 1).Select(second =>
                (first, second, table[first, second].AsInput() + table[second, first].AsInput()))),
        ];
    }

    /// <summary>Mean of the printed cells of each row, as inputs.</summary>
    /// <param name="table">A table with at least one printed cell in each row.</param>
    /// <exception cref="ReproException">A row has no printed cell.</exception>
    public static IReadOnlyDictionary<string, double> RowMeans(PublishedTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Rows.ToDictionary(row => row, row => RowMean(table, row), StringComparer.Ordinal);
    }

    /// <summary>Mean of the printed cells of one row, as inputs.</summary>
    /// <param name="table">The table.</param>
    /// <param name="row">Row name.</param>
    /// <exception cref="ReproException">There is no such row, or it has no printed cell.</exception>
    public static double RowMean(PublishedTable table, string row)
    {
        ArgumentNullException.ThrowIfNull(table);
        var cells = table.Columns.Select(column => table.TryGet(row, column)).OfType<Printed>().ToList();
        return cells.Count > 0 ? cells.Average(c => c.AsInput()) : throw new ReproException($"the row '{row}' has no printed cell");
    }
}

/// <summary>Aggregated score of a reply: weighted sum of its labels, each between 0 and 1.</summary>
/// <param name="Weights">Weight of each label by name.</param>
internal sealed record PrintedWeights(IReadOnlyDictionary<string, double> Weights)
{
    /// <summary>Sum of the absolute weights; 0 without labels.</summary>
    public double AbsoluteSum => Weights.Values.Sum(Math.Abs);

    /// <summary>The highest score that labels between 0 and 1 can reach: the sum of the positive weights.</summary>
    public double Highest => Weights.Values.Where(w => w > 0).Sum();

    /// <summary>The score of a reply. It is linear, so applied to means of labels it gives the mean score.</summary>
    /// <param name="label">Value of a label by name.</param>
    public double Score(Func<string, double> label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return Weights.Sum(w => w.Value * label(w.Key));
    }

    /// <summary>The printed weights of a claim, as inputs.</summary>
    /// <param name="context">The claim under verification.</param>
    /// <param name="claimId">The claim whose values are the weights.</param>
    /// <param name="labels">Names of the labels.</param>
    public static PrintedWeights Printed(SpecContext context, string claimId, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new PrintedWeights(labels.ToDictionary(l => l, l => context.Printed(claimId, l).AsInput(), StringComparer.Ordinal));
    }
}
