using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Rankings;

/// <summary>Agreement of two judges on the same comparisons, in the convention of AlpacaEval.</summary>
public static class Agreement
{
    /// <summary>Mean disagreement under a rule; pairs with a failed annotation are left out.</summary>
    /// <param name="predictions">Preferences of one judge: 1, 2, 0 or 1.5 for a draw, or degrees between.</param>
    /// <param name="targets">As many preferences of the other.</param>
    /// <param name="rule">What disagreement is.</param>
    /// <exception cref="ArgumentException">Unequal lengths, no pair that counts, or an unknown rule.</exception>
    public static AgreementResult Compute(
        IReadOnlyList<double?> predictions, IReadOnlyList<double?> targets, ScoringRule rule = ScoringRule.ZeroOne)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        Preferences.Check(rule);
        Checks.SameLength(predictions.Count, targets.Count, nameof(predictions), nameof(targets));
        var errors = predictions
            .Zip(targets, (prediction, target) => Disagreement(Preferences.Read(prediction, rule), Preferences.Read(target, rule), rule))
            .OfType<double>()
            .ToArray();
        if (errors.Length == 0)
        {
            throw new ArgumentException(
                $"predictions and targets must share at least one valid pair, shared none among {predictions.Count}.", nameof(predictions));
        }

        var error = Descriptive.Mean(errors);
        return new AgreementResult(1 - error, error, errors.Length == 1 ? double.NaN : StandardError.OfMean(errors, 1), errors.Length);
    }

    /// <summary>Share of two judges' equal verdicts that chance alone would give, from their rates of preferring the first side.</summary>
    /// <param name="p1">Rate of the first judge, 0 to 1.</param>
    /// <param name="p2">Rate of the second judge, 0 to 1.</param>
    /// <returns>p1 p2 + (1 - p1) (1 - p2).</returns>
    /// <exception cref="ArgumentException">A rate is impossible.</exception>
    public static double ByChance(double p1, double p2)
    {
        Checks.Probability(p1);
        Checks.Probability(p2);
        return (p1 * p2) + ((1 - p1) * (1 - p2));
    }

    private static double? Disagreement(double? prediction, double? target, ScoringRule rule) => rule switch
    {
        ScoringRule.Squared => (prediction - target) * (prediction - target),
        ScoringRule.ZeroOne => prediction is null || target is null ? null : prediction == target ? 0 : 1,
        _ => prediction is { } p && target is { } t ? Math.Abs(p - t) : null,
    };
}

/// <summary>Agreement of predicted and target preferences.</summary>
/// <param name="Score">1 - <paramref name="Error"/>.</param>
/// <param name="Error">Mean disagreement, 0 to 1.</param>
/// <param name="StandardError">Sample standard deviation (ddof 1) of the disagreements over the square root of their number; NaN for one
/// pair.</param>
/// <param name="Total">Pairs in which both preferences count.</param>
public sealed record AgreementResult(double Score, double Error, double StandardError, int Total);
