using Repro.Core.Models.Weights;
using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>A block of Llama or Qwen2: RMSNorm, rotary grouped-query attention, SwiGLU.</summary>
internal sealed class RotaryBlock : DecoderBlock
{
    private readonly ModelConfig _config;
    private readonly int _layer;
    private readonly Norms _attentionNorm;
    private readonly Norms _feedForwardNorm;
    private readonly Projection _query;
    private readonly Projection _key;
    private readonly Projection _value;
    private readonly Projection _output;
    private readonly Projection _gate;
    private readonly Projection _up;
    private readonly Projection _down;

    internal RotaryBlock(WeightSource source, string path, ModelConfig config, int layer)
        : base(nameof(RotaryBlock))
    {
        (_config, _layer) = (config, layer);
        var (width, inner) = (config.HiddenSize, config.IntermediateSize);
        var attention = new ModuleGroup("self_attn");
        Projection Attention(string name, long inputs, long outputs, bool bias) =>
            attention.Add(name, new Projection(source, $"{path}.self_attn.{name}", inputs, outputs, bias));
        _query = Attention("q_proj", width, (long)config.Heads * config.HeadSize, config.AttentionBias);
        _key = Attention("k_proj", width, (long)config.KeyValueHeads * config.HeadSize, config.AttentionBias);
        _value = Attention("v_proj", width, (long)config.KeyValueHeads * config.HeadSize, config.AttentionBias);
        _output = Attention("o_proj", (long)config.Heads * config.HeadSize, width, config.AttentionOutputBias);
        register_module("self_attn", attention);
        var feedForward = new ModuleGroup("mlp");
        _gate = feedForward.Add("gate_proj", new Projection(source, path + ".mlp.gate_proj", width, inner, false));
        _up = feedForward.Add("up_proj", new Projection(source, path + ".mlp.up_proj", width, inner, false));
        _down = feedForward.Add("down_proj", new Projection(source, path + ".mlp.down_proj", inner, width, false));
        register_module("mlp", feedForward);
        _attentionNorm = new Norms(source, path + ".input_layernorm", width, config.NormEpsilon, layerNorm: false);
        register_module("input_layernorm", _attentionNorm);
        _feedForwardNorm = new Norms(source, path + ".post_attention_layernorm", width, config.NormEpsilon, layerNorm: false);
        register_module("post_attention_layernorm", _feedForwardNorm);
    }

    internal override Tensor Forward(Tensor hidden, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var normed = _attentionNorm.Forward(hidden);
        var queries = Rotary.Turn(SplitHeads(_query.Forward(context.Asking(normed)), _config.Heads), context.AskingCosines!, context.AskingSines!);
        var keys = Rotary.Turn(SplitHeads(_key.Forward(normed), _config.KeyValueHeads), context.Cosines!, context.Sines!);
        var values = SplitHeads(_value.Forward(normed), _config.KeyValueHeads);
        var middle = context.Asking(hidden) + _output.Forward(AttentionCore.Run(queries, keys, values, _layer, context));
        var inner = _feedForwardNorm.Forward(middle);
        var gated = nn.functional.silu(_gate.Forward(inner)) * _up.Forward(inner);
        return (middle + _down.Forward(gated)).MoveToOuterDisposeScope();
    }
}
