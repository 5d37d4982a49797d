namespace Repro.Core.Models.Generation;

/// <summary>Prompts with what was made from them.</summary>
/// <param name="Sequences">For each row the prompt, padding included, the new tokens, and padding after a stop token.</param>
/// <param name="Responses">For each row the new tokens alone, the stop token included.</param>
public sealed record GeneratedRows(IReadOnlyList<long[]> Sequences, IReadOnlyList<long[]> Responses);
