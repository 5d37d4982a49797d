namespace Repro.Core.Text;

/// <summary>A merge that training has learned.</summary>
/// <param name="Left">Left token in the byte alphabet.</param>
/// <param name="Right">Right token.</param>
/// <param name="Count">How often the pair stood in the corpus when it was merged; overlapping pairs count each.</param>
public readonly record struct LearnedMerge(string Left, string Right, long Count);
