using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>A loss of preference pairs, from token log-probabilities.</summary>
public interface IPairLoss
{
    /// <summary>Factor of the log-ratio in the implicit rewards that are reported.</summary>
    double Beta { get; }

    /// <summary>Whether the loss of a pair depends on the other pairs of its batch; then a batch cannot go through the model in parts.</summary>
    bool NeedsWholeBatch { get; }

    /// <summary>The loss of each pair.</summary>
    /// <param name="tokens">Token log-probabilities of both sides.</param>
    /// <returns>[pairs].</returns>
    Tensor PerPair(PairTokens tokens);
}
