using Repro.Tests.Shared.Vectors;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Computed outputs of a case by name.</summary>
internal sealed class Outputs : Dictionary<string, double[]>
{
    // base: an array would otherwise take the overload with a tensor, through TorchSharp's implicit conversion, for ever.
    public void Add(string name, Tensor tensor) => base.Add(name, VectorComparison.Doubles(tensor));

    public new void Add(string name, double[] values) => base.Add(name, values);

    /// <summary>The gradient that a backward pass left.</summary>
    public void AddGradient(string name, Tensor leaf) =>
        Add(name, leaf.grad ?? throw new InvalidOperationException($"{name}: no gradient reached the input."));
}
