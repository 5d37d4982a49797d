using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>The baseline b that token rewards are compared with (ADR Eq. 13).</summary>
public abstract class AdaptiveThreshold
{
    /// <summary>The threshold for a batch. Stateful kinds take note of the batch, then answer.</summary>
    /// <param name="rewards">Token rewards, floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time], 1 on response tokens; at least one.</param>
    /// <returns>A scalar or a tensor of shape [batch, time], dtype of the rewards, without gradient.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted reward is not finite.</exception>
    public abstract Tensor For(Tensor rewards, Tensor mask);
}
