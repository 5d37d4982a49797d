namespace Repro.Core.Rewards;

/// <summary>One absolute score from several labels of a response: the weighted sum. The absolute values of the weights add up to 1.</summary>
public sealed class LabelAggregation
{
    private readonly Dictionary<string, double> _weights;

    /// <summary>Takes the weights.</summary>
    /// <param name="weights">By name of the label; a bad property has a negative weight.</param>
    /// <exception cref="ArgumentException">Their absolute values do not add up to 1 (to 1e-9).</exception>
    public LabelAggregation(IReadOnlyDictionary<string, double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var sum = weights.Values.Sum(Math.Abs);
        if (!(Math.Abs(sum - 1) <= 1e-9))
        {
            throw new ArgumentException(Invariant($"the absolute weights add up to {sum}; 1 was expected."), nameof(weights));
        }

        _weights = new Dictionary<string, double>(weights, StringComparer.Ordinal);
    }

    /// <summary>The score of a response.</summary>
    /// <param name="labels">Labels by name; those without a weight are not looked at.</param>
    /// <returns>The weighted sum, or null where it is negative: such a response is left out of training.</returns>
    /// <exception cref="ReproException">A weighted label is absent or not finite.</exception>
    public double? Score(IReadOnlyDictionary<string, double> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var score = 0.0;
        foreach (var (name, weight) in _weights)
        {
            if (!labels.TryGetValue(name, out var value) || !double.IsFinite(value))
            {
                throw new ReproException($"the label '{name}' is absent or not finite; the aggregation needs it.");
            }

            score += weight * value;
        }

        return score < 0 ? null : score;
    }
}
