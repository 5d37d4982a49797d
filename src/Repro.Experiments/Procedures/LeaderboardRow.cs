using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>One row of an AlpacaEval leaderboard, recomputed from annotations.</summary>
/// <param name="Wins">Judgements that the model wins.</param>
/// <param name="Total">Judgements.</param>
/// <param name="StandardError">Sample standard deviation of the wins over the root of their number, in percent.</param>
/// <param name="MeanCharacters">Mean length of the model's outputs in code points.</param>
public sealed record LeaderboardRow(int Wins, int Total, double StandardError, double MeanCharacters)
{
    /// <summary>Wins in percent.</summary>
    public double WinRate => WinRates.Percent((Wins, Total));

    /// <summary>Computes the row.</summary>
    /// <param name="annotations">Judgements that all include the model; at least two.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">There are fewer than two judgements of the model.</exception>
    public static LeaderboardRow Of(IReadOnlyList<PairwiseFacts.Row> annotations, string model)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        var (wins, total) = WinRates.Count(annotations, model);
        if (total < 2)
        {
            throw new InputException(Invariant($"a standard error needs at least two annotations of '{model}', found {total}"));
        }

        double[] won = [.. annotations.Where(r => r.Generator1 == model || r.Generator2 == model).Select(r => r.Winner == model ? 1.0 : 0.0)];
        double[] lengths = [.. annotations.Where(r => r.Generator1 == model || r.Generator2 == model).Select(r => (double)(r.Generator1 == model ? r.Characters1 : r.Characters2))];
        return new LeaderboardRow(wins, total, 100 * Repro.Core.Evaluation.Statistics.StandardError.OfMean(won, 1), Descriptive.Mean(lengths));
    }

    /// <summary>The columns of the released tables, by name.</summary>
    public IReadOnlyList<(string Column, double Value)> Columns() =>
    [
        ("win_rate", WinRate), ("standard_error", StandardError), ("n_wins", Wins), ("n_wins_base", Total - Wins),
        ("n_draws", 0), ("n_total", Total), ("avg_length", Math.Truncate(MeanCharacters)),
    ];
}
