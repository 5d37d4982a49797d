namespace Microsoft.ML.Tokenizers;

/// <summary>How far a number of tokens reaches in a text.</summary>
internal static class TokenLimits
{
    /// <summary>
    /// Where the first <paramref name="most"/> tokens end, or from the end where the last ones start. Behind a limit comes the next token's
    /// start, so that a limit between the tokens of one character leaves the character out.
    /// </summary>
    public static int Index(IReadOnlyList<Range> offsets, int length, int most, bool fromEnd, out int tokenCount)
    {
        tokenCount = Math.Min(most, offsets.Count);
        if (offsets.Count <= most)
        {
            return fromEnd ? 0 : length;
        }

        return fromEnd ? offsets[^tokenCount].Start.Value : offsets[tokenCount].Start.Value;
    }
}
