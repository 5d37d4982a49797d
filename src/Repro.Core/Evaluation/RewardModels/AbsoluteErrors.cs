namespace Repro.Core.Evaluation.RewardModels;

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
    public static AbsoluteErrors Of(IReadOnlyList<double> predictions, IReadOnlyList<double> labels)
    {
        Check(predictions, labels);
        var errors = predictions.Zip(labels, (found, wanted) => Math.Abs(found - wanted)).ToList();
        return errors.Count == 0 ? new AbsoluteErrors(0, double.NaN, double.NaN) : new AbsoluteErrors(errors.Count, errors.Average(error => error * error), errors.Average());
    }

    /// <summary>The errors in each range of labels.</summary>
    /// <param name="predictions">One number a label.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="ranges">The bounds.</param>
    /// <exception cref="ReproException">The counts differ, or a number is not finite.</exception>
    public static IReadOnlyDictionary<ScoreRange, AbsoluteErrors> PerRange(IReadOnlyList<double> predictions, IReadOnlyList<double> labels, ScoreRanges ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        Check(predictions, labels);
        var rows = predictions.Zip(labels).ToLookup(row => ranges.Of(row.Second));
        return Enum.GetValues<ScoreRange>().ToDictionary(
            range => range, range => Of([.. rows[range].Select(row => row.First)], [.. rows[range].Select(row => row.Second)]));
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
                throw new ReproException(Invariant($"row {i} has the prediction {predictions[i]} and the label {labels[i]}; finite numbers were expected."));
            }
        }
    }
}
