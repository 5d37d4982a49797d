using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.RewardModels;

/// <summary>
/// How often a score puts the better of two replies first (CRS Table 14): over all pairs of replies to one prompt, strictly, so that a tie is no
/// success.
/// </summary>
/// <param name="Pairs">Number of pairs, at least 1.</param>
/// <param name="Correct">Pairs whose better reply has the greater score.</param>
/// <param name="Ties">Pairs with equal scores.</param>
/// <param name="MeanMargin">Mean over prompts of the score of the best reply minus that of the worst.</param>
public sealed record PairAccuracy(int Pairs, int Correct, int Ties, double MeanMargin)
{
    /// <summary>Share of correct pairs.</summary>
    public double Accuracy => (double)Correct / Pairs;

    /// <summary>The share where each tie counts as half a success: what a fair coin would add to it.</summary>
    public double AccuracyWithCoin => (Correct + (Ties / 2.0)) / Pairs;

    /// <summary>Wilson's interval of <see cref="Accuracy"/>; with more than two replies a prompt its pairs are not independent and it is too narrow.</summary>
    /// <param name="level">Confidence level.</param>
    public Interval Interval(double level = 0.95) => BinomialInterval.Wilson(Correct, Pairs, level);

    /// <summary>Compares all pairs of each group.</summary>
    /// <param name="groups">The scores of the replies to each prompt, at least two, the best reply first.</param>
    /// <exception cref="ReproException">There is no group, a group has fewer than two replies, or a score is not a number.</exception>
    public static PairAccuracy Of(IEnumerable<IReadOnlyList<double>> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var (pairs, correct, ties, count, margins) = (0, 0, 0, 0, 0.0);
        foreach (var scores in groups)
        {
            if (scores.Count < 2 || scores.Any(double.IsNaN))
            {
                throw new ReproException(Invariant($"group {count} has the scores {InvariantText.Join(", ", scores)}; at least two numbers were expected."));
            }

            for (var better = 0; better < scores.Count; better++)
            {
                for (var worse = better + 1; worse < scores.Count; worse++)
                {
                    pairs++;
                    correct += scores[better] > scores[worse] ? 1 : 0;
                    ties += scores[better] == scores[worse] ? 1 : 0;
                }
            }

            margins += scores[0] - scores[^1];
            count++;
        }

        return count > 0 ? new PairAccuracy(pairs, correct, ties, margins / count) : throw new ReproException("there are no groups of replies to compare.");
    }
}
