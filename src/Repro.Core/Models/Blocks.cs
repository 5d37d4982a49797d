using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A block of Llama, Mistral, Qwen or Gemma: RMSNorm, rotary grouped-query attention, SwiGLU or GeGLU.</summary>
internal sealed class RotaryBlock : DecoderBlock
{
    private readonly ModelConfig _config;
    private readonly int _layer;
    private readonly Norm _attentionNorm;
    private readonly Norm? _behindAttention;
    private readonly Norm _feedForwardNorm;
    private readonly Norm? _behindFeedForward;
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
        if (config.NormsHeads)
        {
            _queryNorm = attention.Add("q_norm", new Norm(source, path + ".self_attn.q_norm", config.HeadSize, config));
            _keyNorm = attention.Add("k_norm", new Norm(source, path + ".self_attn.k_norm", config.HeadSize, config));
        }

        register_module("self_attn", attention);
        var feedForward = new ModuleGroup("mlp");
        _gate = feedForward.Add("gate_proj", new Linear(source, path + ".mlp.gate_proj", width, inner, false));
        _up = feedForward.Add("up_proj", new Linear(source, path + ".mlp.up_proj", width, inner, false));
        _down = feedForward.Add("down_proj", new Linear(source, path + ".mlp.down_proj", inner, width, false));
        register_module("mlp", feedForward);
        Norm Over(string name)
        {
            var norm = new Norm(source, $"{path}.{name}", width, config);
            register_module(name, norm);
            return norm;
        }

        // One name, two places: it stands before the feed-forward layer but in Gemma, where that has a name of its own.
        _attentionNorm = Over("input_layernorm");
        _behindAttention = config.IsGemma ? Over("post_attention_layernorm") : null;
        _feedForwardNorm = Over(config.IsGemma ? "pre_feedforward_layernorm" : "post_attention_layernorm");
        _behindFeedForward = config.IsGemma ? Over("post_feedforward_layernorm") : null;
    }

    internal override Tensor Forward(Tensor hidden, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var (batch, width) = (hidden.shape[0], _config.HiddenSize);
        // The columns of all texts one under the other: products of matrices take them as they are.
        var rows = hidden.reshape(-1, width);
        var normed = _attentionNorm.Forward(rows);
        var view = context.View(_config.Slides(_layer));
        Tensor Heads(Linear linear, Norm? norm, Tensor input, long heads)
        {
            // [batch, heads, count, size]; the norm is over each head's own numbers.
            var split = SplitHeads(linear.Forward(input), batch, heads, _config.HeadSize);
            return norm is null ? split : norm.Forward(split);
        }

        var queries = Rotary.Turn(Heads(_query, _queryNorm, context.Asking(normed, batch), _config.Heads), view.AskingCosines!,
            view.AskingSines!);
        var keys = Rotary.Turn(Heads(_key, _keyNorm, normed, _config.KeyValueHeads), view.Cosines!, view.Sines!);
        var values = Heads(_value, null, normed, _config.KeyValueHeads);
        var attended = _output.Forward(AttentionCore.Run(queries, keys, values, _layer, _config, context));
        var middle = context.Asking(rows, batch) + (_behindAttention?.Forward(attended) ?? attended);
        var inner = _feedForwardNorm.Forward(middle);
        var fed = _down.Forward(Activated(_gate.Forward(inner)) * _up.Forward(inner));
        return (middle + (_behindFeedForward?.Forward(fed) ?? fed)).view(batch, -1, width).MoveToOuterDisposeScope();
    }

    private Tensor Activated(Tensor gate) =>
        _config.IsGemma ? nn.functional.gelu(gate, GELU.Approximate.tanh) : nn.functional.silu(gate);
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
        _attentionNorm = new Norm(source, path + ".ln_1", width, config);
        register_module("ln_1", _attentionNorm);
        var attention = new ModuleGroup("attn");
        _joint = attention.Add("c_attn", new Linear(source, path + ".attn.c_attn", width, 3L * width, true, inputsFirst: true));
        _output = attention.Add("c_proj", new Linear(source, path + ".attn.c_proj", width, width, true, inputsFirst: true));
        register_module("attn", attention);
        _feedForwardNorm = new Norm(source, path + ".ln_2", width, config);
        register_module("ln_2", _feedForwardNorm);
        var feedForward = new ModuleGroup("mlp");
        _up = feedForward.Add("c_fc", new Linear(source, path + ".mlp.c_fc", width, inner, true, inputsFirst: true));
        _down = feedForward.Add("c_proj", new Linear(source, path + ".mlp.c_proj", inner, width, true, inputsFirst: true));
        register_module("mlp", feedForward);
    }

    internal override Tensor Forward(Tensor hidden, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var (batch, width) = (hidden.shape[0], _config.HiddenSize);
        var rows = hidden.reshape(-1, width);
        var joint = _joint.Forward(_attentionNorm.Forward(rows)).split(width, 1);
        Tensor Heads(Tensor input) => SplitHeads(input, batch, _config.Heads, _config.HeadSize);
        var mixed = AttentionCore.Run(
            Heads(context.Asking(joint[0], batch)), Heads(joint[1]), Heads(joint[2]), _layer, _config, context);
        var middle = context.Asking(rows, batch) + _output.Forward(mixed);
        var inner = nn.functional.gelu(_up.Forward(_feedForwardNorm.Forward(middle)), GELU.Approximate.tanh);
        return (middle + _down.Forward(inner)).view(batch, -1, width).MoveToOuterDisposeScope();
    }
}
