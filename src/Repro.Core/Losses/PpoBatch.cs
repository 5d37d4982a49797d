using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>What a PPO step looks at. All tensors have shape [batch, time] and are floating point, but the mask.</summary>
/// <param name="LogProbs">Log-probabilities of the sampled tokens now.</param>
/// <param name="OldLogProbs">The same at sampling time.</param>
/// <param name="Values">Predicted values now.</param>
/// <param name="OldValues">The same at sampling time.</param>
/// <param name="Advantages">Advantages, usually whitened.</param>
/// <param name="Returns">Targets of the values.</param>
/// <param name="Mask">1 where the position belongs to a response.</param>
public sealed record PpoBatch(Tensor LogProbs, Tensor OldLogProbs, Tensor Values, Tensor OldValues, Tensor Advantages, Tensor Returns, Tensor Mask);
