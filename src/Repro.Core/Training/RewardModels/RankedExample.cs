namespace Repro.Core.Training.RewardModels;

/// <summary>A prompt with ranked replies, as tokens.</summary>
/// <param name="Texts">Prompt and reply of each, token ids [time]; at least two, the best reply first.</param>
/// <param name="ReplyLengths">Tokens of each reply without the prompt: what the rule of the longer reply goes by.</param>
public sealed record RankedExample(IReadOnlyList<int[]> Texts, IReadOnlyList<int> ReplyLengths);
