using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.RewardModels;

/// <summary>How often a judgement, right or wrong, agrees with its label.</summary>
/// <param name="Count">Number of judgements.</param>
/// <param name="Correct">Those that agree.</param>
/// <param name="Right">Labels that say right.</param>
public sealed record JudgementAccuracy(int Count, int Correct, int Right)
{
    /// <summary>Share of judgements that agree; NaN without any.</summary>
    public double Accuracy => Count == 0 ? double.NaN : (double)Correct / Count;

    /// <summary>What always saying one thing gets; NaN without any judgement.</summary>
    /// <param name="right">What is always said.</param>
    public double Constant(bool right) => Count == 0 ? double.NaN : (double)(right ? Right : Count - Right) / Count;

    /// <summary>Wilson's interval of <see cref="Accuracy"/>; judgements on one text are not independent, so for steps it is too narrow.</summary>
    /// <param name="level">Confidence level.</param>
    public Interval Interval(double level = 0.95) => BinomialInterval.Wilson(Correct, Count, level);

    /// <summary>Compares probabilities with labels: above one half says right. Labels of exactly one half say neither and are left out.</summary>
    /// <param name="judgements">Probability of being right, and label from 0 to 1.</param>
    /// <exception cref="ReproException">A probability is not a number.</exception>
    public static JudgementAccuracy Of(IEnumerable<(double Probability, double Label)> judgements)
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
