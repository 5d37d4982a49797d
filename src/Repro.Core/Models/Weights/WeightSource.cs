using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Weights;

/// <summary>Where a model under construction takes its parameters from.</summary>
internal abstract class WeightSource(ScalarType dtype, Device device)
{
    internal ScalarType Dtype => dtype;

    internal Device Device => device;

    /// <summary>A parameter of that name and shape.</summary>
    /// <exception cref="ReproException">The source has no such tensor, or one of another shape.</exception>
    internal Parameter Take(string name, WeightKind kind, params long[] shape) => TakeAs(Dtype, name, kind, shape);

    /// <summary>
    /// Notes that a parameter serves under a second name as well. A source may hold a tensor of that name only if it has the same numbers: some writers
    /// store it twice, and where the copies differ nobody can tell which one was trained.
    /// </summary>
    /// <exception cref="ReproException">It has others.</exception>
    internal virtual void RequireTied(string name, Parameter parameter)
    {
    }

    /// <summary>As <see cref="Take"/>, in an element type of its own.</summary>
    internal abstract Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape);
}
