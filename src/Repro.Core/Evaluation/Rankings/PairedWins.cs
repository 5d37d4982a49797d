using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Rankings;

/// <summary>How often the first of two paired contestants wins.</summary>
/// <param name="Wins">Pairs that the first wins, at least 0.</param>
/// <param name="Losses">Pairs that the second wins, at least 0.</param>
/// <param name="Ties">Pairs that neither wins, at least 0.</param>
public sealed record PairedWins(int Wins, int Losses, int Ties)
{
    /// <summary>All pairs.</summary>
    public int Pairs => Wins + Losses + Ties;

    /// <summary>Pairs that one of both wins.</summary>
    public int Decided => Wins + Losses;

    /// <summary>Share of pairs won, each tie counting half; NaN without pairs.</summary>
    public double Rate => Pairs == 0 ? double.NaN : (Wins + (Ties / 2.0)) / Pairs;

    /// <summary>
    /// The interval of <see cref="Rate"/>, exact for the number of ties that there is: Clopper and Pearson's of the decided pairs, to which
    /// each tie adds half. Without ties it is theirs.
    /// </summary>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="InvalidOperationException">There is no pair.</exception>
    public Interval Interval(double level = 0.95)
    {
        if (Pairs == 0)
        {
            throw new InvalidOperationException("There is no pair.");
        }

        var decided = Decided == 0 ? new Interval(0, 1) : BinomialInterval.ClopperPearson(Wins, Decided, level);
        return new Interval(((decided.Lower * Decided) + (Ties / 2.0)) / Pairs, ((decided.Upper * Decided) + (Ties / 2.0)) / Pairs);
    }

    /// <summary>Exact two-sided p of equally good contestants, the sign test; ties are left out.</summary>
    public double PValue => SignTest.TwoSided(Wins, Losses);

    /// <summary>Counts differences of scores, first minus second; above 0 is a win.</summary>
    /// <param name="differences">The differences.</param>
    /// <exception cref="ReproException">A difference is not a number.</exception>
    public static PairedWins Count(IEnumerable<double> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        var (wins, losses, ties) = (0, 0, 0);
        foreach (var difference in differences)
        {
            if (double.IsNaN(difference))
            {
                throw new ReproException(Invariant($"difference {wins + losses + ties} is not a number."));
            }

            wins += difference > 0 ? 1 : 0;
            losses += difference < 0 ? 1 : 0;
            ties += difference == 0 ? 1 : 0;
        }

        return new PairedWins(wins, losses, ties);
    }
}
