using Repro.Tests.Shared;
using TorchSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Repro.Tests.Unit.Torch.NN;

/// <summary>Every function of nn.functional that Python computed in fixtures/torch/functional.json: results and gradients to 1e-6.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class FunctionalAgainstPythonTests
{
    public static TheoryData<string> Cases => new(TorchFixture.CaseNames("functional"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees(string name)
    {
        using var scope = NewDisposeScope();
        var expected = TorchFixture.Read("functional").GetProperty("cases").GetProperty(name);
        var inputs = Inputs(name);
        foreach (var input in inputs)
        {
            input.requires_grad = true;
        }

        var output = Run(name, inputs);
        TorchFixture.ShouldAgree(TorchFixture.Numbers(output), TorchFixture.Numbers(expected.GetProperty("output")), name);
        output.mul(TorchFixture.Waves(output.shape, 0.29)).sum().backward();
        var gradients = expected.GetProperty("gradients").EnumerateArray().ToArray();
        inputs.Should().HaveCount(gradients.Length);
        for (var i = 0; i < inputs.Length; i++)
        {
            TorchFixture.ShouldAgree(TorchFixture.Numbers(inputs[i].grad!), TorchFixture.Numbers(gradients[i]), $"{name} gradient {i}");
        }
    }

    private static Tensor[] Inputs(string name)
    {
        var x = TorchFixture.Waves([2, 3, 4], 0.7, 2);
        var table = TorchFixture.Waves([5, 4], 0.21);
        var (weight, bias) = (TorchFixture.Waves([4], 0.6), TorchFixture.Waves([4], 0.8));
        return name switch
        {
            "linear" => [x, table, TorchFixture.Waves([5], 0.33)],
            "layer_norm" => [x, weight, bias],
            _ when name.StartsWith("attention", StringComparison.Ordinal) =>
                [TorchFixture.Waves([2, 2, 5, 4], 0.31), TorchFixture.Waves([2, 2, 5, 4], 0.53), TorchFixture.Waves([2, 2, 5, 4], 0.77)],
            _ when TakesTwo(name) => [x, TorchFixture.Waves([2, 3, 4], 0.45, 1.5)],
            _ => [x],
        };
    }

    private static bool TakesTwo(string name) =>
        name is "cosine_similarity" or "pairwise_distance" or "margin_ranking_loss" or "soft_margin_loss"
        || name.StartsWith("binary", StringComparison.Ordinal) || name.StartsWith("kl_div", StringComparison.Ordinal)
        || name.EndsWith("mse_loss", StringComparison.Ordinal) || name is "mse_loss_sum" or "l1_loss" or "smooth_l1_loss" or "huber_loss";

    private static Tensor Run(string name, Tensor[] t) => t.Length switch
    {
        1 => One(name, t[0]),
        2 => Two(name, t[0], t[1]),
        _ => Three(name, t[0], t[1], t[2]),
    };

    private static Tensor One(string name, Tensor x)
    {
        var classes = tensor(new long[] { 0, 2, 1, 1, 2, 2, -100, 0 }, [2, 4]);
        return name switch
        {
            "relu" => functional.relu(x),
            "relu6" => functional.relu6(x.mul(4)),
            "gelu" => functional.gelu(x),
            "gelu_tanh" => functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
            "silu" => functional.silu(x),
            "sigmoid" => functional.sigmoid(x),
            "tanh" => functional.tanh(x),
            "logsigmoid" => functional.logsigmoid(x),
            "softplus" => functional.softplus(x, 2, 3),
            "leaky_relu" => functional.leaky_relu(x, 0.2),
            "elu" => functional.elu(x, 0.7),
            "celu" => functional.celu(x, 0.7),
            "selu" => functional.selu(x),
            "mish" => functional.mish(x),
            "glu" => functional.glu(x),
            "hardtanh" => functional.hardtanh(x, -0.5, 1.5),
            "hardsigmoid" => functional.hardsigmoid(x),
            "hardswish" => functional.hardswish(x),
            "hardshrink" => functional.hardshrink(x, 0.4),
            "softshrink" => functional.softshrink(x, 0.4),
            "softsign" => functional.softsign(x),
            "tanhshrink" => functional.tanhshrink(x),
            "threshold" => functional.threshold(x, 0.1, 0.2),
            "softmax" => functional.softmax(x, 1),
            "softmin" => functional.softmin(x, -1),
            "log_softmax" => functional.log_softmax(x, -1),
            "normalize" => functional.normalize(x, dim: -1),
            "pad_constant" => functional.pad(x, (1, 2, 0, 1), value: 0.5),
            "pad_reflect" => functional.pad(x, (1, 2), PaddingModes.Reflect),
            "pad_replicate" => functional.pad(x, [2, 1], PaddingModes.Replicate),
            "pad_circular" => functional.pad(x, 1, PaddingModes.Circular),
            "cross_entropy" => functional.cross_entropy(x, classes),
            "cross_entropy_sum" => functional.cross_entropy(x, classes, reduction: Reduction.Sum),
            "cross_entropy_smooth" => functional.cross_entropy(x, classes, label_smoothing: 0.1),
            "cross_entropy_none" => functional.cross_entropy(x, classes, reduction: Reduction.None),
            "cross_entropy_weight" => functional.cross_entropy(x, classes, tensor(new[] { 0.2f, 0.5f, 1.5f })),
            "cross_entropy_ignore" => functional.cross_entropy(x, classes.clamp(0), ignore_index: 2),
            "nll_loss" => functional.nll_loss(functional.log_softmax(x, 1), classes),
            "layer_norm_two" => functional.layer_norm(x, [3, 4], eps: 1e-3),
            _ => throw new ArgumentException($"The fixture has a case '{name}' that this test does not know."),
        };
    }

    private static Tensor Two(string name, Tensor a, Tensor b) => name switch
    {
        "mse_loss" => functional.mse_loss(a, b),
        "mse_loss_sum" => functional.mse_loss(a, b, Reduction.Sum),
        "l1_loss" => functional.l1_loss(a, b),
        "smooth_l1_loss" => functional.smooth_l1_loss(a, b, beta: 0.5),
        "huber_loss" => functional.huber_loss(a, b, 0.6),
        "kl_div" => functional.kl_div(functional.log_softmax(a, -1), functional.log_softmax(b, -1)),
        "kl_div_probabilities" => functional.kl_div(functional.log_softmax(a, -1), functional.softmax(b, -1), log_target: false, Reduction.Sum),
        "margin_ranking_loss" => functional.margin_ranking_loss(a, b, b.sign().detach(), 0.3),
        "soft_margin_loss" => functional.soft_margin_loss(a.mul(b), b.sign().detach()),
        "cosine_similarity" => functional.cosine_similarity(a, b, -1),
        "pairwise_distance" => functional.pairwise_distance(a, b),
        "binary_cross_entropy_with_logits" => functional.binary_cross_entropy_with_logits(a, b.sigmoid()),
        "binary_cross_entropy_with_logits_weights" => functional.binary_cross_entropy_with_logits(
            a, b.sigmoid(), TorchFixture.Waves([4], 0.6).abs(), Reduction.Sum, TorchFixture.Waves([4], 0.8).abs()),
        "binary_cross_entropy" => functional.binary_cross_entropy(a.sigmoid(), b.sigmoid()),
        _ => throw new ArgumentException($"The fixture has a case '{name}' that this test does not know."),
    };

    private static Tensor Three(string name, Tensor a, Tensor b, Tensor c) => name switch
    {
        "linear" => functional.linear(a, b, c),
        "layer_norm" => functional.layer_norm(a, [4], b, c),
        "attention" => functional.scaled_dot_product_attention(a, b, c),
        "attention_causal" => functional.scaled_dot_product_attention(a, b, c, is_casual: true),
        "attention_allowed" => functional.scaled_dot_product_attention(a, b, c, Allowed()),
        "attention_added" => functional.scaled_dot_product_attention(a, b, c, TorchFixture.Waves([5, 5], 0.9)),
        _ => throw new ArgumentException($"The fixture has a case '{name}' that this test does not know."),
    };

    private static Tensor Allowed()
    {
        var allowed = new bool[25];
        for (var i = 0; i < 25; i++)
        {
            allowed[i] = (((i / 5) * 3) + (i % 5)) % 4 != 1 || i / 5 == i % 5;
        }

        return tensor(allowed, [5, 5]);
    }
}
