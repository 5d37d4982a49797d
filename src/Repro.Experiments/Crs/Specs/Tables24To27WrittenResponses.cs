using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Tables 24 to 27: scores of four absolute reward models for a best, a bad, an irrelevant and a meaningless
/// response.</summary>
internal sealed class Tables24To27WrittenResponses : ISpecGroup
{
    private const string Conversion = "the headers were read from a text conversion, in which a line of a label can be lost";

    private static readonly int[] Numbers = [24, 25, 26, 27];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. Numbers.SelectMany(table =>
            Enumerable.Range(0, 4).Select(column => new Spec(Invariant($"CRS-T{table}-col{column + 1}"), c => Column(c, table, column)))),
        new("CRS-T24-27-best-top", BestOnTop),
        new("CRS-T24-27-bf16", BFloat16),
        new("CRS-T24-header", Headers),
    ];

    private static Evidence Column(SpecContext context, int number, int column)
    {
        var table = Table(context, number);
        string[] rows = [.. table.Rows];
        double[] scores = [.. rows.Select(r => table[r, table.Columns[column]].AsInput())];
        var order = ScoreOrder.From(scores);
        var swapped = string.Join(
            ", ",
            order.Swapped.Select(s => Invariant($"{rows[s.Worse]} {scores[s.Worse]:F4} not below {rows[s.Better]} {scores[s.Better]:F4}")));
        var evidence = context.Evidence()
            .Value("pairs_in_order", order.Correct)
            .Value("full_order", order.IsFull)
            .Sample("pairs", order.Pairs)
            .PValue("at least so many pairs in order by chance", order.ChanceOfAtLeast(scores.Length))
            .Require("the best response has the highest score", order.Swapped.All(s => s.Better != 0));
        var stated = column == 0 && !order.IsFull ? " The text says that this model cannot tell the other three apart." : string.Empty;
        return evidence.Explain(order.IsFull
            ? Invariant($"All {order.Pairs} pairs are in the intended order (probability {order.ChanceOfAtLeast(scores.Length):G3} for ")
                + "four scores in random order)."
            : Invariant($"{order.Correct} of {order.Pairs} pairs are in the intended order; the others: {swapped}. Four scores in ")
                + Invariant($"random order reach that many with probability {order.ChanceOfAtLeast(scores.Length):G3}.{stated}"));
    }

    private static Evidence BestOnTop(SpecContext context)
    {
        var evidence = context.Evidence();
        var (columns, top) = (0, 0);
        foreach (var number in Numbers)
        {
            var table = Table(context, number);
            foreach (var column in table.Columns)
            {
                double[] scores = [.. table.Rows.Select(r => table[r, column].AsInput())];
                var holds = scores.Skip(1).All(s => s < scores[0]);
                evidence.Require(
                    Invariant($"Table {number}, {column}"), holds, string.Join(", ", scores.Select(s => Invariant($"{s:F4}"))));
                columns++;
                top += holds ? 1 : 0;
            }
        }

        return evidence.Value("columns", columns).Value("best_on_top", top).Sample("columns", columns)
            .Explain(Invariant($"The best response has the highest score in {top} of {columns} columns."));
    }

    private static Evidence BFloat16(SpecContext context)
    {
        var (values, fits, logChance) = (0, 0, 0.0);
        var off = new List<string>();
        foreach (var number in Numbers)
        {
            var table = Table(context, number);
            foreach (var cell in table.Rows.SelectMany(r => table.Columns.Select(c => table[r, c])))
            {
                var value = cell.AsInput();
                values++;
                if (BFloat16Grid.Holds(value, cell.Decimals))
                {
                    fits++;
                }
                else
                {
                    off.Add(cell.Text);
                }

                logChance += Math.Log10(BFloat16Grid.ChanceShare(value, cell.Decimals));
            }
        }

        return context.Evidence()
            .Value("values", values)
            .Value("on_grid", fits)
            .Value("log10_chance", logChance)
            .Sample("values", values)
            .Require("every value is a rounded bfloat16 number", off.Count == 0, string.Join(", ", off))
            .Explain(
                Invariant($"{fits} of {values} printed scores are bfloat16 numbers rounded to four places; as many random four-digit ")
                    + Invariant($"numbers would all be with a probability of about 1e{logChance:F0}."));
    }

    private static Evidence Headers(SpecContext context)
    {
        var table = context.Table("crs/table-24-27-headers");
        var evidence = context.Evidence();
        var found = new List<string>();
        foreach (var column in table.Columns)
        {
            var labels = table.Rows.Select(r => table.CellText(r, column)).Distinct(StringComparer.Ordinal).ToList();
            evidence.Value($"labels_{column}", string.Join(" | ", labels));
            _ = labels.Count == 1 ? evidence.Require($"{column} has one label", true, labels[0])
                : evidence.Undecided($"{column} has one label", $"{string.Join(" | ", labels)}; {Conversion}");
            found.Add($"{column}: {string.Join(" | ", labels)}");
        }

        var repeated = table.Rows.Where(r =>
            table.Columns.Select(c => table.CellText(r, c)).Distinct(StringComparer.Ordinal).Count() < table.Columns.Count).ToList();
        evidence.Value("pages_with_a_repeated_label", repeated.Count);
        if (repeated.Count > 0)
        {
            evidence.Undecided("no page repeats a label", $"{string.Join(", ", repeated)}; {Conversion}");
        }

        return evidence.Explain(
            $"Labels over the five header lines are {string.Join("; ", found)}. Lines that repeat a label: "
                + $"{(repeated.Count == 0 ? "none" : string.Join(", ", repeated))}.");
    }

    private static PublishedTable Table(SpecContext context, int number) => context.Table(Invariant($"crs/table-{number}"));
}
