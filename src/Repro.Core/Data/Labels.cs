namespace Repro.Core.Data;

/// <summary>Turns labels of rated replies into one score.</summary>
public static class LabelScores
{
    /// <summary>Scores rows by a weighted sum of their labels. Rows that come out negative are left out and noted; rows that have a score
    /// keep it.</summary>
    /// <param name="rows">Rows with labels.</param>
    /// <param name="aggregation">Weights by label.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <exception cref="ReproException">While rows are read: a weighted label is missing.</exception>
    public static IEnumerable<RatedReply> Aggregate(IEnumerable<RatedReply> rows, LabelAggregation aggregation, ReadNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(aggregation);
        foreach (var row in rows)
        {
            if (row.Score is not null)
            {
                yield return row;
            }
            else if (Score(row, aggregation) is { } score)
            {
                yield return row with { Score = score };
            }
            else
            {
                notes?.Add("the aggregated score is negative", row.Origin.Place);
            }
        }
    }

    private static double? Score(RatedReply row, LabelAggregation aggregation)
    {
        try
        {
            return aggregation.Score(row.Labels);
        }
        catch (ReproException failure)
        {
            throw new ReproException($"{row.Origin}: {failure.Message}", failure);
        }
    }
}

/// <summary>One absolute score from several labels of a response: the weighted sum. The absolute values of the weights add up
/// to 1.</summary>
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
    /// <param name="labels">Labels by name; those without a weight are ignored.</param>
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

/// <summary>The score of a paraphrased reply from that of the original (CRS Algorithm 1): the less alike they are, the lower.</summary>
/// <param name="Strength">The most that is taken off, not negative.</param>
/// <param name="OtherLanguageSimilarity">The similarity assumed where the languages differ, from -1 to 1.</param>
public sealed record ParaphraseScore(double Strength = 0.5, double OtherLanguageSimilarity = 0.2)
{
    /// <summary>original - (1 - (s + 1) / 2) * strength, kept within 0 to 1.</summary>
    /// <param name="original">The score of the original, from 0 to 1.</param>
    /// <param name="similarity">Cosine s of the two texts' embeddings, from -1 to 1.</param>
    /// <param name="sameLanguage">Whether both are in the same language.</param>
    /// <returns>The adjusted score.</returns>
    /// <exception cref="ReproException">The score or the similarity is outside its range.</exception>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public double Adjust(double original, double similarity, bool sameLanguage)
    {
        TensorChecks.NotNegative(Strength, nameof(Strength));
        TensorChecks.Between(OtherLanguageSimilarity, -1, 1, nameof(OtherLanguageSimilarity));
        if (!(original >= 0 && original <= 1))
        {
            throw new ReproException(Invariant($"the original score is {original}; 0 to 1 was expected."));
        }

        if (!(similarity >= -1 && similarity <= 1))
        {
            throw new ReproException(Invariant($"the similarity is {similarity}; a cosine from -1 to 1 was expected."));
        }

        var used = sameLanguage ? similarity : OtherLanguageSimilarity;
        return Math.Clamp(original - ((1 - ((used + 1) / 2)) * Strength), 0, 1);
    }
}

/// <summary>A part of the scale of labels.</summary>
public enum ScoreRange
{
    /// <summary>The low end.</summary>
    Low,

    /// <summary>What is neither low nor high.</summary>
    Between,

    /// <summary>The high end.</summary>
    High,
}

/// <summary>Which labels are low, which high (CRS Tables 6 and 7).</summary>
public sealed record ScoreRanges
{
    /// <summary>Labels up to here, included, are low.</summary>
    public required double Low { get; init; }

    /// <summary>Labels from here on, included, are high; above <see cref="Low"/>.</summary>
    public required double High { get; init; }

    /// <summary>The range of a label.</summary>
    /// <param name="label">The label.</param>
    public ScoreRange Of(double label) => label <= Low ? ScoreRange.Low : label >= High ? ScoreRange.High : ScoreRange.Between;
}
