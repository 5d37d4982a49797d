namespace TorchSharp.Modules;

/// <summary>What an embedding does besides looking rows up.</summary>
internal sealed record EmbeddingOptions(
    long? PaddingIndex, double? MaximalNorm, double NormType, bool ScaleGradientByFrequency, bool Sparse)
{
    /// <summary>The same with a padding index that counts from the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The padding index is outside the table.</exception>
    internal EmbeddingOptions Within(long count)
    {
        if (PaddingIndex is not long index)
        {
            return this;
        }

        if (index >= count || index < -count)
        {
            throw new ArgumentOutOfRangeException(nameof(count), index, $"The padding index lies outside a table of {count} rows.");
        }

        return this with { PaddingIndex = index < 0 ? index + count : index };
    }
}
