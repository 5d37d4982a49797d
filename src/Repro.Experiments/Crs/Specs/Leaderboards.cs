using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>The released leaderboards of the final comparisons against the released annotations (not printed in the thesis).</summary>
internal sealed class Leaderboards : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        Final.Select(file => new Spec($"CRS-X-leaderboard-{Path.GetFileNameWithoutExtension(file)}", c => Check(c, file)));

    private static Evidence Check(SpecContext context, string file)
    {
        var leaderboard = context.Artifact<TableFacts>(Path.ChangeExtension(file, "csv"));
        if (leaderboard.Rows.Count != 1)
        {
            throw new ReproException(
                $"{Path.ChangeExtension(file, "csv")}: expected one row below the header, found {leaderboard.Rows.Count}");
        }

        var model = leaderboard.Rows[0][leaderboard.IndexOf("name")];
        var rows = context.Judgements(file);
        var own = rows.Where(r => r.Generator1 == model || r.Generator2 == model).ToList();
        var row = LeaderboardRow.Compute(own, model);
        var evidence = context.Evidence()
            .Compare("win_rate", context.Printed("win_rate"), row.WinRate)
            .Compare("standard_error", context.Printed("standard_error"), row.StandardError)
            .Compare("n_wins", context.Printed("n_wins"), row.Wins)
            .Compare("n_wins_base", context.Printed("n_wins_base"), row.Total - row.Wins)
            .Compare("avg_length", context.Printed("avg_length"), Math.Truncate(row.MeanCharacters))
            .Value("mean_characters", row.MeanCharacters)
            .Share("judgements", (row.Wins, row.Total));
        foreach (var (column, value) in row.Columns())
        {
            var released = leaderboard.Number("name", model, column);
            evidence.Require(
                $"{column} of the released table",
                Math.Abs(released - value) <= 1e-9 * Math.Max(1, Math.Abs(value)),
                Invariant($"released {released}, recomputed {value}"));
        }

        return evidence.Explain(
            Invariant($"From {row.Total} annotations {model} has win rate {row.WinRate:F4}, standard error {row.StandardError:F6}, ")
                + Invariant($"{row.Wins} wins, {row.Total - row.Wins} losses and {row.MeanCharacters:F2} characters on average, ")
                + "of which the leaderboard keeps the integer part.");
    }
}

/// <summary>One row of an AlpacaEval leaderboard, recomputed from annotations.</summary>
/// <param name="Wins">Judgements that the model wins.</param>
/// <param name="Total">Judgements.</param>
/// <param name="StandardError">Sample standard deviation of the wins over the root of their number, in percent.</param>
/// <param name="MeanCharacters">Mean length of the model's outputs in code points.</param>
internal sealed record LeaderboardRow(int Wins, int Total, double StandardError, double MeanCharacters)
{
    /// <summary>Wins in percent.</summary>
    public double WinRate => WinRates.Percent((Wins, Total));

    /// <summary>Computes the row.</summary>
    /// <param name="annotations">Judgements that all include the model; at least two.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="ReproException">There are fewer than two judgements of the model.</exception>
    public static LeaderboardRow Compute(IReadOnlyList<PairwiseFacts.Row> annotations, string model)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        var (wins, total) = WinRates.Count(annotations, model);
        if (total < 2)
        {
            throw new ReproException(Invariant($"a standard error needs at least two annotations of '{model}', found {total}"));
        }

        double[] won =
            [.. annotations.Where(r => r.Generator1 == model || r.Generator2 == model).Select(r => r.Winner == model ? 1.0 : 0.0)];
        double[] lengths =
        [
            .. annotations.Where(r => r.Generator1 == model || r.Generator2 == model)
                .Select(r => (double)(r.Generator1 == model ? r.Characters1 : r.Characters2)),
        ];
        return new LeaderboardRow(
            wins, total, 100 * Repro.Core.Evaluation.Statistics.StandardError.OfMean(won, 1), Descriptive.Mean(lengths));
    }

    /// <summary>The columns of the released tables, by name.</summary>
    public IReadOnlyList<(string Column, double Value)> Columns() =>
    [
        ("win_rate", WinRate), ("standard_error", StandardError), ("n_wins", Wins), ("n_wins_base", Total - Wins),
        ("n_draws", 0), ("n_total", Total), ("avg_length", Math.Truncate(MeanCharacters)),
    ];
}
