using Repro.Core.Losses;
using Repro.Tests.Shared.Vectors;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>A case in one floating dtype on one device.</summary>
internal sealed record Source(VectorCase Case, ScalarType Type, Device Device)
{
    public Tensor this[string name] => Case.Tensor(name, Type).to(Device);

    /// <summary>An input that a gradient is asked of.</summary>
    public Tensor Leaf(string name) => this[name].requires_grad_();

    public double Number(string name) => Case.Number(name);

    /// <summary>A numeric input array that is not a tensor.</summary>
    public int[] Integers(string name) => [.. Case.Input(name).EnumerateArray().Select(value => value.GetInt32())];
}
