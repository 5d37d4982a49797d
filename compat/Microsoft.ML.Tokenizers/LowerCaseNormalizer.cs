namespace Microsoft.ML.Tokenizers;

/// <summary>Lower case, by the invariant culture.</summary>
public sealed class LowerCaseNormalizer : Normalizer
{
    public static LowerCaseNormalizer Instance { get; } = new();

    public override string Normalize(string original)
    {
        ArgumentNullException.ThrowIfNull(original);
        return original.ToLowerInvariant();
    }

    public override string Normalize(ReadOnlySpan<char> original) => original.ToString().ToLowerInvariant();
}
