using Repro.Core.Models.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>A table of vectors: ids [batch, count] to [batch, count, width].</summary>
internal sealed class Lookup : NamedModule
{
    internal Lookup(WeightSource source, string path, long rows, long width)
        : base(nameof(Lookup))
    {
        Weight = source.Take(path + ".weight", WeightKind.Matrix, rows, width);
        register_parameter("weight", Weight);
    }

    internal Parameter Weight { get; }

    internal Tensor Forward(Tensor ids)
    {
        using var flat = ids.reshape(-1);
        using var rows = Weight.index_select(0, flat);
        return rows.view(ids.shape[0], ids.shape[1], Weight.shape[1]);
    }
}
