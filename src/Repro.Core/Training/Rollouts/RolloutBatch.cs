using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

/// <summary>Responses with what policy, reference and value head said about them when they were sampled. No tensor carries a gradient.</summary>
public sealed class RolloutBatch : IDisposable
{
    /// <summary>Prompts and responses.</summary>
    public required IReadOnlyList<Rollout> Rollouts { get; init; }

    /// <summary>Their ids and masks.</summary>
    public required RolloutTokens Tokens { get; init; }

    /// <summary>Log-probabilities of the response tokens under the sampling policy, [batch, response]; 0 at padding, here and below.</summary>
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
