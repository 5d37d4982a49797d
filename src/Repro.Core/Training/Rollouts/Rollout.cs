namespace Repro.Core.Training.Rollouts;

/// <summary>A prompt with one sampled response.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Response">Token ids of the response, its stop token included; at least one.</param>
/// <param name="Ended">Whether a stop token ended it; otherwise it was cut at the most tokens allowed.</param>
public sealed record Rollout(RolloutPrompt Prompt, IReadOnlyList<long> Response, bool Ended)
{
    /// <summary>The response as text without special tokens; empty where there is no tokenizer.</summary>
    public string Text { get; init; } = string.Empty;
}
