namespace Repro.Experiments.Procedures;

/// <summary>The length of one response in a comparison.</summary>
/// <param name="File">The annotation file.</param>
/// <param name="Index">Place of the judgement in the file, from 0.</param>
/// <param name="Output">1 or 2: which output of the judgement.</param>
/// <param name="Generator">The model.</param>
/// <param name="Won">Whether it was preferred.</param>
/// <param name="Tokens">Llama tokens with the start token.</param>
/// <param name="Words">White-space separated words.</param>
/// <param name="Characters">Code points.</param>
public sealed record ResponseLength(string File, int Index, int Output, string Generator, bool Won, int Tokens, int Words, int Characters);
