namespace Microsoft.ML.Tokenizers;

/// <summary>What to do when encoding.</summary>
public struct EncodeSettings
{
    public EncodeSettings()
    {
    }

    public bool ConsiderPreTokenization { get; set; } = true;

    public bool ConsiderNormalization { get; set; } = true;

    public int MaxTokenCount { get; set; } = int.MaxValue;
}
