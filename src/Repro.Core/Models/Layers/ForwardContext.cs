using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>What all blocks of one pass share.</summary>
/// <param name="Positions">[batch, new], int64; null where rotary tables say it all.</param>
/// <param name="Mask">Added to the attention scores, [batch, 1, queries, all] as <see cref="AttentionCore.Folded"/> gives it: 0 or negative infinity; null where all is seen.</param>
/// <param name="Cosines">Rotary cosines [batch, 1, new, size]; null without rotary positions.</param>
/// <param name="Sines">Rotary sines likewise, those of the first half negated.</param>
/// <param name="Cache">Past keys and values; null for a pass over whole rows.</param>
internal sealed record ForwardContext(Tensor? Positions, Tensor? Mask, Tensor? Cosines, Tensor? Sines, KeyValueCache? Cache)
{
    /// <summary>The first column that asks; those before it only answer, with their keys and values.</summary>
    internal long First { get; init; }

    /// <summary>The cosines of the columns that ask.</summary>
    internal Tensor? AskingCosines { get; init; } = Cosines;

    /// <summary>The sines of the columns that ask.</summary>
    internal Tensor? AskingSines { get; init; } = Sines;

    /// <summary>The columns that ask, of [batch, new, width].</summary>
    internal Tensor Asking(Tensor hidden) => First == 0 ? hidden : hidden.narrow(1, First, hidden.shape[1] - First);
}
