using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A block of Llama, Mistral or Qwen: RMSNorm, rotary grouped-query attention, SwiGLU.</summary>
internal sealed class RotaryBlock : DecoderBlock
{
    private readonly ModelConfig _config;
    private readonly int _layer;
    private readonly Norm _attentionNorm;
    private readonly Norm _feedForwardNorm;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly Linear _gate;
    private readonly Linear _up;
    private readonly Linear _down;

    internal RotaryBlock(WeightSource source, string path, ModelConfig config, int layer)
        : base(nameof(RotaryBlock))
    {
        (_config, _layer) = (config, layer);
        var (width, inner) = (config.HiddenSize, config.IntermediateSize);
        var attention = new ModuleGroup("self_attn");
        Linear Attention(string name, long inputs, long outputs, bool bias) =>
            attention.Add(name, new Linear(source, $"{path}.self_attn.{name}", inputs, outputs, bias));
        _query = Attention("q_proj", width, (long)config.Heads * config.HeadSize, config.AttentionBias);
        _key = Attention("k_proj", width, (long)config.KeyValueHeads * config.HeadSize, config.AttentionBias);
        _value = Attention("v_proj", width, (long)config.KeyValueHeads * config.HeadSize, config.AttentionBias);
        _output = Attention("o_proj", (long)config.Heads * config.HeadSize, width, config.AttentionOutputBias);
        if (config.Architecture == ModelArchitecture.Qwen3)
        {
            _queryNorm = attention.Add("q_norm", new Norm(source, path + ".self_attn.q_norm", config.HeadSize, config.NormEpsilon,
                layerNorm: false));
            _keyNorm = attention.Add("k_norm", new Norm(source, path + ".self_attn.k_norm", config.HeadSize, config.NormEpsilon,
                layerNorm: false));
        }

        register_module("self_attn", attention);
        var feedForward = new ModuleGroup("mlp");
        _gate = feedForward.Add("gate_proj", new Linear(source, path + ".mlp.gate_proj", width, inner, false));
        _up = feedForward.Add("up_proj", new Linear(source, path + ".mlp.up_proj", width, inner, false));
        _down = feedForward.Add("down_proj", new Linear(source, path + ".mlp.down_proj", inner, width, false));
        register_module("mlp", feedForward);
        _attentionNorm = new Norm(source, path + ".input_layernorm", width, config.NormEpsilon, layerNorm: false);
        register_module("input_layernorm", _attentionNorm);
        _feedForwardNorm = new Norm(source, path + ".post_attention_layernorm", width, config.NormEpsilon, layerNorm: false);
        register_module("post_attention_layernorm", _feedForwardNorm);
    }

    internal override Tensor Forward(Tensor hidden, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var normed = _attentionNorm.Forward(hidden);
        var queries = Rotary.Turn(Heads(_query, _queryNorm, context.Asking(normed), _config.Heads), context.AskingCosines!,
            context.AskingSines!);
        var keys = Rotary.Turn(Heads(_key, _keyNorm, normed, _config.KeyValueHeads), context.Cosines!, context.Sines!);
        var values = SplitHeads(_value.Forward(normed), _config.KeyValueHeads);
        var middle = context.Asking(hidden) + _output.Forward(AttentionCore.Run(queries, keys, values, _layer, context));
        var inner = _feedForwardNorm.Forward(middle);
        var gated = nn.functional.silu(_gate.Forward(inner)) * _up.Forward(inner);
        return (middle + _down.Forward(gated)).MoveToOuterDisposeScope();
    }

    // [batch, heads, count, size]; the norm is over each head's own numbers.
    private static Tensor Heads(Linear linear, Norm? norm, Tensor input, long heads)
    {
        var split = SplitHeads(linear.Forward(input), heads);
        return norm is null ? split : norm.Forward(split);
    }
}

/// <summary>A block of GPT-2: LayerNorm, joint query, key and value, GELU in its tanh form.</summary>
internal sealed class Gpt2Block : DecoderBlock
{
    private readonly ModelConfig _config;
    private readonly int _layer;
    private readonly Norm _attentionNorm;
    private readonly Norm _feedForwardNorm;
    private readonly Linear _joint;
    private readonly Linear _output;
    private readonly Linear _up;
    private readonly Linear _down;

    internal Gpt2Block(WeightSource source, string path, ModelConfig config, int layer)
        : base(nameof(Gpt2Block))
    {
        (_config, _layer) = (config, layer);
        var (width, inner) = (config.HiddenSize, config.IntermediateSize);
        _attentionNorm = new Norm(source, path + ".ln_1", width, config.NormEpsilon, layerNorm: true);
        register_module("ln_1", _attentionNorm);
        var attention = new ModuleGroup("attn");
        _joint = attention.Add("c_attn", new Linear(source, path + ".attn.c_attn", width, 3L * width, true, inputsFirst: true));
        _output = attention.Add("c_proj", new Linear(source, path + ".attn.c_proj", width, width, true, inputsFirst: true));
        register_module("attn", attention);
        _feedForwardNorm = new Norm(source, path + ".ln_2", width, config.NormEpsilon, layerNorm: true);
        register_module("ln_2", _feedForwardNorm);
        var feedForward = new ModuleGroup("mlp");
        _up = feedForward.Add("c_fc", new Linear(source, path + ".mlp.c_fc", width, inner, true, inputsFirst: true));
        _down = feedForward.Add("c_proj", new Linear(source, path + ".mlp.c_proj", inner, width, true, inputsFirst: true));
        register_module("mlp", feedForward);
    }

    internal override Tensor Forward(Tensor hidden, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var joint = _joint.Forward(_attentionNorm.Forward(hidden)).split(_config.HiddenSize, 2);
        var mixed = AttentionCore.Run(
            SplitHeads(context.Asking(joint[0]), _config.Heads),
            SplitHeads(joint[1], _config.Heads),
            SplitHeads(joint[2], _config.Heads),
            _layer,
            context);
        var middle = context.Asking(hidden) + _output.Forward(mixed);
        var inner = nn.functional.gelu(_up.Forward(_feedForwardNorm.Forward(middle)), GELU.Approximate.tanh);
        return (middle + _down.Forward(inner)).MoveToOuterDisposeScope();
    }
}

/// <summary>Grouped-query attention (CRS Eq. 2.5 for groups of heads) and its mask.</summary>
internal static class AttentionCore
{
    /// <summary>
    /// [batch, 1, new, all], 0 where a query may look and negative infinity elsewhere. A position sees itself even if it is padding,
    /// so that no row is empty; real positions never see padding. A mask [batch, new, new] says itself which keys each query sees.
    /// </summary>
    internal static Tensor Mask(Tensor attentionMask, long past, long count, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        if (attentionMask.dim() == 3)
        {
            var places = arange(count, dtype: ScalarType.Int64, device: attentionMask.device);
            return Added(attentionMask.ne(0).logical_or(places.view(1, count, 1).eq(places.view(1, 1, count))), dtype)
                .MoveToOuterDisposeScope();
        }

        var total = past + count;
        var queries = arange(past, total, dtype: ScalarType.Int64, device: attentionMask.device).view(1, count, 1);
        var keys = arange(total, dtype: ScalarType.Int64, device: attentionMask.device).view(1, 1, total);
        var allowed = keys.le(queries).logical_and(attentionMask.ne(0).unsqueeze(1)).logical_or(keys.eq(queries));
        return Added(allowed, dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mask as <see cref="Run"/> takes it, [batch, 1, times * new, all] where each key has that many queries: those of one group stand
    /// in a row.
    /// </summary>
    internal static Tensor Folded(Tensor mask, long times)
    {
        if (times == 1)
        {
            return mask;
        }

        var shape = mask.shape;
        return mask.expand(shape[0], times, shape[2], shape[3]).reshape(shape[0], 1, times * shape[2], shape[3]);
    }

    /// <summary>Queries [batch, heads, new, size], keys and values [batch, groups, new, size]; gives [batch, new, heads * size].</summary>
    internal static Tensor Run(Tensor queries, Tensor keys, Tensor values, int layer, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var (k, v) = context.Cache?.Append(layer, keys, values) ?? (keys, values);
        var shape = queries.shape;
        var (batch, heads, count, size) = (shape[0], shape[1], shape[2], shape[3]);

        // Query heads of a group stand side by side: as rows of one head they share its keys and values, of which no copies are made.
        var groups = k.shape[1];
        var rows = heads == groups ? queries : queries.reshape(batch, groups, heads / groups * count, size);
        var mixed = nn.functional.scaled_dot_product_attention(rows, k, v, context.Mask);
        if (count == 1)
        {
            return mixed.reshape(batch, 1, heads * size).MoveToOuterDisposeScope();
        }

        return mixed.reshape(batch, heads, count, size).transpose(1, 2).reshape(batch, count, heads * size).MoveToOuterDisposeScope();
    }

    private static Tensor Added(Tensor allowed, ScalarType dtype) =>
        zeros(allowed.shape, dtype: dtype, device: allowed.device).masked_fill_(allowed.logical_not(), double.NegativeInfinity)
            .unsqueeze(1);
}

/// <summary>Rotary positions with the halves of a head side by side (not interleaved).</summary>
internal static class Rotary
{
    /// <summary>
    /// Cosines and sines [batch, 1, count, size] of positions [batch, count]; the sines of the first half are negated, because what turns
    /// it is subtracted.
    /// </summary>
    internal static (Tensor Cosines, Tensor Sines) Tables(ModelConfig config, Tensor positions, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        // In single precision at least, as the peers do: half precision cannot tell distant positions apart.
        var wide = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var frequencies = tensor(Frequencies(config), dtype: wide, device: positions.device);
        var angles = positions.to(wide).unsqueeze(-1).mul(frequencies);
        var (cosines, sines) = (angles.cos(), angles.sin());
        if (config.RopeScaling?.CosineFactor() is { } factor and not 1)
        {
            (cosines, sines) = (cosines * factor, sines * factor);
        }

        return (
            cat([cosines, cosines], -1).unsqueeze(1).to(dtype).MoveToOuterDisposeScope(),
            cat([-sines, sines], -1).unsqueeze(1).to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns heads [batch, heads, count, size] by tables of <see cref="Tables"/>.</summary>
    internal static Tensor Turn(Tensor x, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        return (x * cosines).addcmul(x.roll(x.shape[3] / 2, 3), sines, 1).MoveToOuterDisposeScope();
    }

    private static double[] Frequencies(ModelConfig config)
    {
        double[] frequencies = [.. Enumerable.Range(0, config.HeadSize / 2).Select(i =>
            Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize))];
        return config.RopeScaling?.Stretch(frequencies, config.RopeTheta, config.MaximumPositions) ?? frequencies;
    }
}
