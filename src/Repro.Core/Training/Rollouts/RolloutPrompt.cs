using Repro.Core.Text.Chat;

namespace Repro.Core.Training.Rollouts;

/// <summary>A prompt that responses are sampled for.</summary>
/// <param name="Ids">Token ids as the policy reads them, the opening of the assistant's turn included; at least one.</param>
public sealed record RolloutPrompt(IReadOnlyList<long> Ids)
{
    /// <summary>The messages behind the ids; empty where the prompt is made of ids alone.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; } = [];

    /// <summary>The right answer where one is known, such as the number of a word problem.</summary>
    public string? Reference { get; init; }
}
