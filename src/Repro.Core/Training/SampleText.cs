namespace Repro.Core.Training;

/// <summary>A response that a run wrote on its way.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Response">What was answered.</param>
/// <param name="Scores">Rewards and the like by name.</param>
public sealed record SampleText(string Prompt, string Response, IReadOnlyDictionary<string, double> Scores);
