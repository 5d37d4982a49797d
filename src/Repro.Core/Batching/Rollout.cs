using Repro.Core.Data;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>A prompt with one sampled response.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Response">Token ids of the response, its stop token included; at least one.</param>
/// <param name="Ended">Whether a stop token ended it; otherwise it was cut at the most tokens allowed.</param>
public sealed record Rollout(RolloutPrompt Prompt, IReadOnlyList<long> Response, bool Ended)
{
    /// <summary>The response as text without special tokens; empty where there is no tokenizer.</summary>
    public string Text { get; init; } = string.Empty;
}

/// <summary>Responses with what policy, reference and value head gave for them when they were sampled. No tensor carries a
/// gradient.</summary>
public sealed class RolloutBatch : IDisposable
{
    /// <summary>Prompts and responses.</summary>
    public required IReadOnlyList<Rollout> Rollouts { get; init; }

    /// <summary>Their ids and masks.</summary>
    public required RolloutTokens Tokens { get; init; }

    /// <summary>Log-probabilities of the response tokens under the sampling policy, [batch, response]; 0 at padding, here and
    /// below.</summary>
    public required Tensor LogProbs { get; init; }

    /// <summary>The same under the reference.</summary>
    public required Tensor ReferenceLogProbs { get; init; }

    /// <summary>Entropies of the sampling policy, [batch, response].</summary>
    public required Tensor Entropies { get; init; }

    /// <summary>Values before each response token, [batch, response]; null without a value head.</summary>
    public Tensor? Values { get; init; }

    /// <summary>KL(policy || reference) over the whole vocabulary, [batch, response]; null where it was not asked for.</summary>
    public Tensor? FullKl { get; init; }

    /// <summary>Which tokens the sampler left in the vocabulary, bool [response tokens, vocabulary]; null where it left all.</summary>
    internal Tensor? Kept { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tokens.Dispose();
        foreach (var own in new[] { LogProbs, ReferenceLogProbs, Entropies, Values, FullKl, Kept })
        {
            own?.Dispose();
        }
    }
}

/// <summary>A prompt that responses are sampled for.</summary>
/// <param name="Ids">Token ids as the policy reads them, the opening of the assistant's turn included; at least one.</param>
public sealed record RolloutPrompt(IReadOnlyList<long> Ids)
{
    /// <summary>The messages that the ids were made of; empty where the prompt is made of ids alone.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; } = [];

    /// <summary>The right answer where one is known, such as the number of a word problem.</summary>
    public string? Reference { get; init; }
}
