using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A table of vectors: ids [batch, count] to [batch, count, width].</summary>
internal sealed class Embedding : NamedModule
{
    internal Embedding(WeightSource source, string path, long rows, long width)
        : base(nameof(Embedding))
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

/// <summary>Kinds of norms.</summary>
internal enum NormKind
{
    /// <summary>LayerNorm with a bias.</summary>
    Layer,

    /// <summary>RMSNorm (arXiv:1910.07467).</summary>
    Rms,

    /// <summary>RMSNorm of which the difference of the gain from 1 is stored.</summary>
    OffsetRms,
}

/// <summary>RMSNorm without bias, or LayerNorm with one.</summary>
internal sealed class Norm : NamedModule
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly NormKind _kind;
    private readonly double _epsilon;

    internal Norm(WeightSource source, string path, long width, ModelConfig config)
        : base(nameof(Norm))
    {
        (_kind, _epsilon) = (config.Norm, config.NormEpsilon);
        _weight = source.Take(path + ".weight", _kind == NormKind.OffsetRms ? WeightKind.Bias : WeightKind.Gain, width);
        register_parameter("weight", _weight);
        if (_kind == NormKind.Layer)
        {
            _bias = source.Take(path + ".bias", WeightKind.Bias, width);
            register_parameter("bias", _bias);
        }
    }

    internal Tensor Forward(Tensor input)
    {
        if (_bias is not null)
        {
            return nn.functional.layer_norm(input, [input.shape[^1]], _weight, _bias, _epsilon);
        }

        using var scope = NewDisposeScope();
        // The mean square in single precision at least: half precision overflows.
        var isHalf = input.dtype is ScalarType.Float16 or ScalarType.BFloat16;
        var wide = isHalf ? input.to(ScalarType.Float32) : input;
        var scaled = wide * wide.square().mean([-1], true).add_(_epsilon).rsqrt();
        if (_kind == NormKind.OffsetRms)
        {
            // 1 and a small number: their sum would lose it in half precision, so rounding comes last.
            return (scaled * (_weight.to(scaled.dtype) + 1)).to(input.dtype).MoveToOuterDisposeScope();
        }

        return (_weight * (isHalf ? scaled.to(input.dtype) : scaled)).MoveToOuterDisposeScope();
    }
}

/// <summary>Soft caps of Gemma 2 (arXiv:2408.00118, section 2).</summary>
internal static class SoftCap
{
    /// <summary>cap * tanh(scores / cap): within plus and minus the cap, and the scores themselves where they are small.</summary>
    /// <param name="scores">Any shape; gradients pass.</param>
    /// <param name="cap">Largest magnitude.</param>
    internal static Tensor Apply(Tensor scores, double cap)
    {
        using var scope = NewDisposeScope();
        return scores.div(cap).tanh_().mul(cap).MoveToOuterDisposeScope();
    }

    /// <summary>Multiplies the gradient of capped scores in place, so that it becomes that of the scores: tanh' = 1 - tanh^2.</summary>
    /// <param name="gradient">In single precision at least.</param>
    /// <param name="capped">What <see cref="Apply"/> gave, of the same shape.</param>
    /// <param name="cap">The cap.</param>
    internal static void Backward(Tensor gradient, Tensor capped, double cap)
    {
        using var scope = NewDisposeScope();
        gradient.mul_(1 - capped.to(gradient.dtype).div(cap).square());
    }
}

/// <summary>A level in the names of a checkpoint, with nothing to compute.</summary>
internal sealed class ModuleGroup(string name) : NamedModule(name)
{
    internal T Add<T>(string child, T module)
        where T : nn.Module
    {
        register_module(child, module);
        return module;
    }
}

/// <summary>A module that registers its parts itself, under the names that checkpoints use.</summary>
public abstract class NamedModule : nn.Module
{
    private protected NamedModule(string name)
        : base(name)
    {
    }

    /// <summary>Fields have other names than the checkpoint; they are not registered a second time.</summary>
    protected override void RegisterComponents()
    {
    }
}

/// <summary>Keeps the state of the global generator and puts it back when it is disposed.</summary>
internal sealed class DropoutScope(long? before, Action<long?> restore) : IDisposable
{
    private Tensor? _state = get_rng_state().DetachFromDisposeScope();

    public void Dispose()
    {
        if (_state is null)
        {
            return;
        }

        set_rng_state(_state);
        _state.Dispose();
        _state = null;
        restore(before);
    }
}
