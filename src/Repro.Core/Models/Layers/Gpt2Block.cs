using Repro.Core.Models.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>A block of GPT-2: LayerNorm, joint query, key and value, GELU in its tanh form.</summary>
internal sealed class Gpt2Block : DecoderBlock
{
    private readonly ModelConfig _config;
    private readonly int _layer;
    private readonly Norms _attentionNorm;
    private readonly Norms _feedForwardNorm;
    private readonly Projection _joint;
    private readonly Projection _output;
    private readonly Projection _up;
    private readonly Projection _down;

    internal Gpt2Block(WeightSource source, string path, ModelConfig config, int layer)
        : base(nameof(Gpt2Block))
    {
        (_config, _layer) = (config, layer);
        var (width, inner) = (config.HiddenSize, config.IntermediateSize);
        _attentionNorm = new Norms(source, path + ".ln_1", width, config.NormEpsilon, layerNorm: true);
        register_module("ln_1", _attentionNorm);
        var attention = new ModuleGroup("attn");
        _joint = attention.Add("c_attn", new Projection(source, path + ".attn.c_attn", width, 3L * width, true, inputsFirst: true));
        _output = attention.Add("c_proj", new Projection(source, path + ".attn.c_proj", width, width, true, inputsFirst: true));
        register_module("attn", attention);
        _feedForwardNorm = new Norms(source, path + ".ln_2", width, config.NormEpsilon, layerNorm: true);
        register_module("ln_2", _feedForwardNorm);
        var feedForward = new ModuleGroup("mlp");
        _up = feedForward.Add("c_fc", new Projection(source, path + ".mlp.c_fc", width, inner, true, inputsFirst: true));
        _down = feedForward.Add("c_proj", new Projection(source, path + ".mlp.c_proj", inner, width, true, inputsFirst: true));
        register_module("mlp", feedForward);
    }

    internal override Tensor Forward(Tensor hidden, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var joint = _joint.Forward(_attentionNorm.Forward(hidden)).split(_config.HiddenSize, 2);
        var mixed = AttentionCore.Run(SplitHeads(context.Asking(joint[0]), _config.Heads), SplitHeads(joint[1], _config.Heads), SplitHeads(joint[2], _config.Heads), _layer, context);
        var middle = context.Asking(hidden) + _output.Forward(mixed);
        var inner = nn.functional.gelu(_up.Forward(_feedForwardNorm.Forward(middle)), GELU.Approximate.tanh);
        return (middle + _down.Forward(inner)).MoveToOuterDisposeScope();
    }
}
