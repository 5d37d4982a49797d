using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>The released leaderboards of the final comparisons against the released annotations (not printed in the thesis).</summary>
public sealed class Leaderboards : ISpecGroup
{
    private static readonly string[] Files =
    [
        AbsAgainstCrs025, AbsAgainstCrs0625, AbsAgainstSft, Preference001AgainstAbs, AbsAgainstPreferenceRun1,
        AbsAgainstPreference, Crs025AgainstPreference, Crs0625AgainstPreference, PreferenceAgainstSft, Crs025AgainstSft,
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        Files.Select(file => new Spec($"CRS-X-leaderboard-{Path.GetFileNameWithoutExtension(file)}", c => Check(c, file)));

    private static Evidence Check(SpecContext context, string file)
    {
        var leaderboard = context.Artifact<TableFacts>(Path.ChangeExtension(file, "csv"));
        if (leaderboard.Rows.Count != 1)
        {
            throw new InputException($"{Path.ChangeExtension(file, "csv")}: expected one row below the header, found {leaderboard.Rows.Count}");
        }

        var model = leaderboard.Rows[0][leaderboard.IndexOf("name")];
        var rows = context.Judgements(file);
        var own = rows.Where(r => r.Generator1 == model || r.Generator2 == model).ToList();
        var row = LeaderboardRow.Of(own, model);
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
            evidence.Require($"{column} of the released table", Math.Abs(released - value) <= 1e-9 * Math.Max(1, Math.Abs(value)), Invariant($"released {released}, recomputed {value}"));
        }

        return evidence.Explain(
            Invariant($"From {row.Total} annotations {model} has win rate {row.WinRate:F4}, standard error {row.StandardError:F6}, {row.Wins} wins, {row.Total - row.Wins} losses and {row.MeanCharacters:F2} characters on average, of which the leaderboard keeps the integer part."));
    }
}
