using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A linear layer that adapters can be attached to: x W^T + b, plus scale * B A x of the active adapter.</summary>
internal sealed class Linear : NamedModule
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly Dictionary<string, LoraPair> _pairs = new(StringComparer.Ordinal);
    private LoraPair? _active;
    private Tensor? _unmerged;

    /// <param name="source">Where the parameters come from.</param>
    /// <param name="path">Name in the checkpoint.</param>
    /// <param name="inputs">Input width.</param>
    /// <param name="outputs">Output width.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="inputsFirst">Whether the weight is stored as (in, out), as GPT-2 does.</param>
    internal Linear(WeightSource source, string path, long inputs, long outputs, bool bias, bool inputsFirst = false)
        : base(nameof(Linear))
    {
        (Inputs, Outputs, InputsFirst) = (inputs, outputs, inputsFirst);
        _weight = inputsFirst
            ? source.Take(path + ".weight", WeightKind.Matrix, inputs, outputs)
            : source.Take(path + ".weight", WeightKind.Matrix, outputs, inputs);
        register_parameter("weight", _weight);
        if (bias)
        {
            _bias = source.Take(path + ".bias", WeightKind.Bias, outputs);
            register_parameter("bias", _bias);
        }
    }

    internal long Inputs { get; }

    internal long Outputs { get; }

    internal bool InputsFirst { get; }

    internal Parameter Weight => _weight;

    internal bool IsMerged => _unmerged is not null;

    /// <summary>Whether an adapter adds to what the weight gives.</summary>
    internal bool IsAdapted => _active is not null && _unmerged is null;

    internal Tensor Forward(Tensor input)
    {
        if (!IsAdapted && !InputsFirst)
        {
            return nn.functional.linear(input, _weight, _bias);
        }

        using var scope = NewDisposeScope();
        var output = nn.functional.linear(input, InputsFirst ? _weight.t() : _weight, _bias);
        if (IsAdapted)
        {
            output = output + _active!.Forward(input, training);
        }

        return output.MoveToOuterDisposeScope();
    }

    internal LoraPair? Pair(string adapter) => _pairs.GetValueOrDefault(adapter);

    internal void Attach(string adapter, LoraPair pair)
    {
        _pairs.Add(adapter, pair);
        register_module("lora_" + adapter, pair);
    }

    internal void Detach(string adapter)
    {
        if (_pairs.Remove(adapter, out var pair))
        {
            _internal_submodules.Remove("lora_" + adapter);
            pair.Dispose();
        }
    }

    internal void Activate(string? adapter) => _active = adapter is null ? null : _pairs.GetValueOrDefault(adapter);

    /// <summary>Adds the active adapter into the weight; the weight before is kept, so that unmerging gives its very bits back.</summary>
    internal void Merge()
    {
        if (_active is null || _unmerged is not null)
        {
            return;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _unmerged = _weight.detach().clone().DetachFromDisposeScope();
        var delta = _active.Delta();
        _weight.detach().add_(InputsFirst ? delta.t() : delta);
    }

    internal void Unmerge()
    {
        if (_unmerged is null)
        {
            return;
        }

        using var noGrad = no_grad();
        using var target = _weight.detach();
        target.copy_(_unmerged);
        _unmerged.Dispose();
        _unmerged = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unmerged?.Dispose();
            _unmerged = null;
        }

        base.Dispose(disposing);
    }
}
