using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>What generation needs at each step after the prompt, made once for all positions.</summary>
/// <param name="Positions">[batch, all], int64; [1, all] where all rows stand at the same.</param>
/// <param name="Mask">Added to the attention scores, [batch, 1, 1, all]; null without padding.</param>
/// <param name="Cosines">Rotary cosines [batch or 1, 1, all, size]; null without rotary positions.</param>
/// <param name="Sines">Rotary sines, likewise.</param>
internal sealed record StepPlan(Tensor Positions, Tensor? Mask, Tensor? Cosines, Tensor? Sines)
{
    /// <summary>The context of a step of one token behind what the cache holds.</summary>
    internal ForwardContext Next(KeyValueCache cache)
    {
        var past = cache.Length;
        return new ForwardContext(
            Cosines is null ? Positions.narrow(1, past, 1) : null,
            Mask?.narrow(3, 0, past + 1),
            Cosines?.narrow(2, past, 1),
            Sines?.narrow(2, past, 1),
            cache);
    }
}
