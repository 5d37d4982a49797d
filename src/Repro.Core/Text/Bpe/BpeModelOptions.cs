namespace Repro.Core.Text.Bpe;

/// <summary>Settings of a BPE model in <c>tokenizer.json</c>.</summary>
/// <param name="UnknownToken">Stands for characters that the vocabulary lacks; null drops them.</param>
/// <param name="FuseUnknown">A run of unknown characters is one token.</param>
/// <param name="ByteFallback">Unknown characters become tokens such as <c>&lt;0x0A&gt;</c> where the vocabulary has them.</param>
/// <param name="IgnoreMerges">A word that is a token as a whole is taken as it is.</param>
internal sealed record BpeModelOptions(
    string? UnknownToken = null, bool FuseUnknown = false, bool ByteFallback = false, bool IgnoreMerges = false);
