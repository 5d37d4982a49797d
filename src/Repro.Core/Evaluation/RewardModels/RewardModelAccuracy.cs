using Repro.Core.Data;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.RewardModels;

/// <summary>
/// How often a score puts the better of two replies first (CRS Table 14): over all pairs of replies to one prompt, strictly, so that a tie
/// is no success.
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

    /// <summary>Wilson's interval of <see cref="Accuracy"/>; with more than two replies a prompt its pairs are not independent and it is
    /// too narrow.</summary>
    /// <param name="level">Confidence level.</param>
    public Interval Interval(double level = 0.95) => BinomialInterval.Wilson(Correct, Pairs, level);

    /// <summary>Compares all pairs of each group.</summary>
    /// <param name="groups">The scores of the replies to each prompt, at least two, the best reply first.</param>
    /// <exception cref="ReproException">There is no group, a group has fewer than two replies, or a score is not a number.</exception>
    public static PairAccuracy Compute(IEnumerable<IReadOnlyList<double>> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return ComputeRanked(groups.Select(scores => (scores, (IReadOnlyList<int>)[.. Enumerable.Range(0, scores.Count)])));
    }

    /// <summary>Compares the pairs of each group whose ranks differ.</summary>
    /// <param name="groups">Scores and ranks of the replies to each prompt, at least two, the best reply first; equal ranks are no
    /// pair.</param>
    /// <exception cref="ReproException">There is no pair, a group has fewer than two replies, or a score is not a number.</exception>
    public static PairAccuracy ComputeRanked(IEnumerable<(IReadOnlyList<double> Scores, IReadOnlyList<int> Ranks)> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var (pairs, correct, ties, count, margins) = (0, 0, 0, 0, 0.0);
        foreach (var (scores, ranks) in groups)
        {
            if (scores.Count < 2 || scores.Any(double.IsNaN))
            {
                throw new ReproException(
                    Invariant($"group {count} has the scores {InvariantText.Join(", ", scores)}; at least two numbers were expected."));
            }

            for (var better = 0; better < scores.Count; better++)
            {
                for (var worse = better + 1; worse < scores.Count; worse++)
                {
                    if (ranks[better] < ranks[worse])
                    {
                        pairs++;
                        correct += scores[better] > scores[worse] ? 1 : 0;
                        ties += scores[better] == scores[worse] ? 1 : 0;
                    }
                }
            }

            margins += scores[0] - scores[^1];
            count++;
        }

        return pairs > 0
            ? new PairAccuracy(pairs, correct, ties, margins / count)
            : throw new ReproException("there are no groups of replies to compare.");
    }
}

/// <summary>How far predictions lie from their labels.</summary>
/// <param name="Count">Number of labels.</param>
/// <param name="MeanSquared">Mean squared error; NaN without labels.</param>
/// <param name="MeanAbsolute">Mean absolute error; NaN without labels.</param>
public sealed record AbsoluteErrors(int Count, double MeanSquared, double MeanAbsolute)
{
    /// <summary>The errors over all labels.</summary>
    /// <param name="predictions">One number a label.</param>
    /// <param name="labels">The labels.</param>
    /// <exception cref="ReproException">The counts differ, or a number is not finite.</exception>
    public static AbsoluteErrors Compute(IReadOnlyList<double> predictions, IReadOnlyList<double> labels)
    {
        Check(predictions, labels);
        var errors = predictions.Zip(labels, (found, wanted) => Math.Abs(found - wanted)).ToList();
        return errors.Count == 0
            ? new AbsoluteErrors(0, double.NaN, double.NaN)
            : new AbsoluteErrors(errors.Count, errors.Average(error => error * error), errors.Average());
    }

    /// <summary>The errors in each range of labels.</summary>
    /// <param name="predictions">One number a label.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="ranges">The bounds.</param>
    /// <exception cref="ReproException">The counts differ, or a number is not finite.</exception>
    public static IReadOnlyDictionary<ScoreRange, AbsoluteErrors> PerRange(
        IReadOnlyList<double> predictions, IReadOnlyList<double> labels, ScoreRanges ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        Check(predictions, labels);
        var rows = predictions.Zip(labels).ToLookup(row => ranges.Of(row.Second));
        return Enum.GetValues<ScoreRange>().ToDictionary(
            range => range, range => Compute([.. rows[range].Select(row => row.First)], [.. rows[range].Select(row => row.Second)]));
    }

    private static void Check(IReadOnlyList<double> predictions, IReadOnlyList<double> labels)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(labels);
        if (predictions.Count != labels.Count)
        {
            throw new ReproException($"{predictions.Count} predictions do not belong to {labels.Count} labels.");
        }

        for (var i = 0; i < labels.Count; i++)
        {
            if (!double.IsFinite(predictions[i]) || !double.IsFinite(labels[i]))
            {
                throw new ReproException(
                    Invariant($"row {i} has the prediction {predictions[i]} and the label {labels[i]}; finite numbers were expected."));
            }
        }
    }
}

/// <summary>How often a judgement, right or wrong, agrees with its label.</summary>
/// <param name="Count">Number of judgements.</param>
/// <param name="Correct">Those that agree.</param>
/// <param name="Right">Labels that say right.</param>
public sealed record JudgementAccuracy(int Count, int Correct, int Right)
{
    /// <summary>Share of judgements that agree; NaN without any.</summary>
    public double Accuracy => Count == 0 ? double.NaN : (double)Correct / Count;

    /// <summary>What always saying one thing gets; NaN without any judgement.</summary>
    /// <param name="right">The constant answer.</param>
    public double Constant(bool right) => Count == 0 ? double.NaN : (double)(right ? Right : Count - Right) / Count;

    /// <summary>Wilson's interval of <see cref="Accuracy"/>; judgements on one text are not independent, so for steps it is too
    /// narrow.</summary>
    /// <param name="level">Confidence level.</param>
    public Interval Interval(double level = 0.95) => BinomialInterval.Wilson(Correct, Count, level);

    /// <summary>Compares probabilities with labels: above one half says right. Labels of exactly one half say neither and are left
    /// out.</summary>
    /// <param name="judgements">Probability of being right, and label from 0 to 1.</param>
    /// <exception cref="ReproException">A probability is not a number.</exception>
    public static JudgementAccuracy Compute(IEnumerable<(double Probability, double Label)> judgements)
    {
        ArgumentNullException.ThrowIfNull(judgements);
        var (count, correct, right) = (0, 0, 0);
        foreach (var (probability, label) in judgements)
        {
            if (double.IsNaN(probability))
            {
                throw new ReproException(Invariant($"judgement {count} is not a number."));
            }

            if (label != 0.5)
            {
                count++;
                correct += probability > 0.5 == label > 0.5 ? 1 : 0;
                right += label > 0.5 ? 1 : 0;
            }
        }

        return new JudgementAccuracy(count, correct, right);
    }
}
