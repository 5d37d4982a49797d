using Repro.Core.Losses;

namespace Repro.Core.Rewards;

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
        Guard.NotNegative(Strength, nameof(Strength));
        Guard.Between(OtherLanguageSimilarity, -1, 1, nameof(OtherLanguageSimilarity));
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
