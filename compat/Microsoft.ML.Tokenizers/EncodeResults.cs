namespace Microsoft.ML.Tokenizers;

/// <summary>Tokens of a text with the text that their offsets refer to.</summary>
public struct EncodeResults<T>
{
    public IReadOnlyList<T> Tokens { get; set; }

    public string? NormalizedText { get; set; }

    public int CharsConsumed { get; set; }
}
