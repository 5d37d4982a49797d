using Repro.Core.Text.PreTokenizers;

namespace Repro.Core.Text;

/// <summary>How to train a byte-level BPE tokenizer.</summary>
/// <param name="VocabularySize">Tokens to stop at, 256 bytes and special tokens included.</param>
/// <param name="Pattern">Regular expression by which text is cut, such as <see cref="PreTokenizerPatterns.Qwen2"/>.</param>
/// <param name="MinimumCount">Pairs that occur less often are not merged; 1 merges all there are.</param>
/// <param name="NormalizeNfc">Normalize text to form C first, as Qwen2 does.</param>
public sealed record BpeTrainerOptions(
    int VocabularySize, string Pattern = PreTokenizerPatterns.Qwen2, int MinimumCount = 1, bool NormalizeNfc = false)
{
    /// <summary>Special tokens, whose ids follow those of the merges.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Token that <see cref="SpecialTokenIds.Begin"/> names and that goes in front of every text, or null.</summary>
    public string? BeginToken { get; init; }

    /// <summary>Token that <see cref="SpecialTokenIds.End"/> names, or null.</summary>
    public string? EndToken { get; init; }

    /// <summary>Token that <see cref="SpecialTokenIds.Pad"/> names, or null.</summary>
    public string? PadToken { get; init; }
}
