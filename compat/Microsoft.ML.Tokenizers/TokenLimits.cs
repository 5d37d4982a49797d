namespace Microsoft.ML.Tokenizers;

/// <summary>How far a number of tokens reaches in a text.</summary>
internal static class TokenLimits
{
    /// <summary>
    /// Index up to which (or, from the end, from which on) at most <paramref name="most"/> tokens reach. A limit inside the tokens of
    /// one character still counts its tokens but leaves the character out.
    /// </summary>
    public static int Index(IReadOnlyList<Range> offsets, int length, int most, bool fromEnd, out int tokenCount)
    {
        tokenCount = Math.Min(most, offsets.Count);
        if (offsets.Count <= most)
        {
            return fromEnd ? 0 : length;
        }

        return fromEnd ? offsets[^tokenCount].Start.Value : offsets[tokenCount - 1].End.Value;
    }
}
