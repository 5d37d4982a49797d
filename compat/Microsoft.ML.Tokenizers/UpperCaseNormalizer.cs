namespace Microsoft.ML.Tokenizers;

/// <summary>Upper case, by the invariant culture.</summary>
public sealed class UpperCaseNormalizer : Normalizer
{
    public static UpperCaseNormalizer Instance { get; } = new();

    public override string Normalize(string original)
    {
        ArgumentNullException.ThrowIfNull(original);
        return original.ToUpperInvariant();
    }

    public override string Normalize(ReadOnlySpan<char> original) => original.ToString().ToUpperInvariant();
}
