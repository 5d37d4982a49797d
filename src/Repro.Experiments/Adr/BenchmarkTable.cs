using System.Globalization;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR Table 1 as inputs: twelve benchmarks, the base model and three methods with and without adaptive masks.</summary>
internal sealed class BenchmarkTable
{
    /// <summary>Name of the row of averages.</summary>
    internal const string Average = "AVG";

    /// <summary>Decimals of the table; two cells are printed without their trailing zero.</summary>
    internal const int Decimals = 4;

    /// <summary>The adaptive methods and their plain counterparts.</summary>
    internal static readonly (string Adaptive, string Plain)[] Pairs = [("ADPO", "DPO"), ("APPO", "PPO"), ("ARS", "RS")];

    private readonly PublishedTable _table;

    internal BenchmarkTable(SpecContext context)
    {
        _table = context.Table("adr/table-1");
        Benchmarks = [.. _table.Rows.Where(r => r != Average)];
    }

    /// <summary>The benchmarks, in printed order.</summary>
    internal IReadOnlyList<string> Benchmarks { get; }

    /// <summary>The seven columns, in printed order.</summary>
    internal IReadOnlyList<string> Columns => _table.Columns;

    /// <summary>A cell, to be used as target or input.</summary>
    internal Printed Cell(string benchmark, string column) => _table[benchmark, column];

    /// <summary>A score in [0, 1], as an input.</summary>
    internal double Score(string benchmark, string column) => _table[benchmark, column].AsInput();

    /// <summary>The seven scores of a benchmark with all four decimals, as inputs.</summary>
    internal string[] ScoresText(string benchmark) =>
        [.. Columns.Select(c => Score(benchmark, c).ToString($"F{Decimals}", CultureInfo.InvariantCulture))];

    /// <summary>Mean score of some benchmarks in a column.</summary>
    internal double Mean(string column, IEnumerable<string> benchmarks) => benchmarks.Average(b => Score(b, column));

    /// <summary>Groups of benchmarks whose seven printed scores are all equal; a benchmark with scores of its own is alone in its group.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Distinct() =>
        [.. Benchmarks.GroupBy(b => string.Join(' ', ScoresText(b)), StringComparer.Ordinal).Select(g => g.ToList())];
}
