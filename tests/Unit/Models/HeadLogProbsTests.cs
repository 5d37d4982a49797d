using Repro.Core;
using Repro.Core.Hardware;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Against <see cref="TokenLogProbs"/> on whole logits and the gradients of LibTorch.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class HeadLogProbsTests
{
    private const int OneRow = 1;

    public static TheoryData<ModelArchitecture, ScalarType, bool, long, long> Forms()
    {
        var data = new TheoryData<ModelArchitecture, ScalarType, bool, long, long>();
        foreach (var (chunk, kept) in new (long, long)[] { (OneRow, 0), (40 * 8 * 3, 0), (40 * 8 * 3, 1 << 20), (1 << 20, 1 << 20) })
        {
            data.Add(ModelArchitecture.Llama, ScalarType.Float64, false, chunk, kept);
            data.Add(ModelArchitecture.Llama, ScalarType.Float64, true, chunk, kept);
            data.Add(ModelArchitecture.Qwen2, ScalarType.Float64, false, chunk, kept);
            data.Add(ModelArchitecture.Llama, ScalarType.Float32, false, chunk, kept);
            data.Add(ModelArchitecture.Gpt2, ScalarType.Float32, false, chunk, kept);
            data.Add(ModelArchitecture.Gemma2, ScalarType.Float64, false, chunk, kept);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Values_and_gradients_are_those_of_whole_logits(
        ModelArchitecture architecture, ScalarType type, bool adaptedHead, long chunk, long kept)
    {
        using var scope = NewDisposeScope();
        using var model = Model(architecture, type, adaptedHead);
        var head = new HeadLogProbs(model, new HeadMemory(chunk, kept, 1));
        var (ids, attentionMask, completionMask) = Batch();
        var bound = type == ScalarType.Float64 ? 1e-12 : 1e-6;

        var plain = TokenLogProbs.Next(model.Logits(ids, attentionMask), ids, completionMask);
        var expected = Loss(plain);
        expected.backward();
        var wanted = Gradients(model);

        var value = Backward(head, model.Hidden(ids, attentionMask), ids, completionMask);
        value.requires_grad.Should().BeFalse();
        Distance(value, expected).Should().BeLessThan(bound * 10);
        ShouldEqual(Gradients(model), wanted, bound);

        using (no_grad())
        {
            Distance(head.Compute(model.Hidden(ids, attentionMask), ids, completionMask), plain).Should().BeLessThan(bound * 10);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Losses_of_known_slope_need_one_pass(
        ModelArchitecture architecture, ScalarType type, bool adaptedHead, long chunk, long kept)
    {
        using var scope = NewDisposeScope();
        using var model = Model(architecture, type, adaptedHead);
        var head = new HeadLogProbs(model, new HeadMemory(chunk, kept, 1));
        var (ids, attentionMask, completionMask) = Batch();
        var weights = linspace(-1, 2, 18, dtype: type).reshape(3, 6);
        var bound = type == ScalarType.Float64 ? 1e-12 : 1e-6;

        var plain = TokenLogProbs.Next(model.Logits(ids, attentionMask), ids, completionMask);
        plain.mul(weights).sum().backward();
        var wanted = Gradients(model);

        // Weights of tokens that do not count must not matter.
        var spoilt = weights.masked_fill(completionMask.narrow(1, 1, 6).eq(0), double.NaN);
        var found = head.BackwardWeighted(model.Hidden(ids, attentionMask), ids, completionMask, spoilt);
        Distance(found, plain).Should().BeLessThan(bound * 10);
        ShouldEqual(Gradients(model), wanted, bound);
    }

    [Fact]
    public void Nothing_comes_from_positions_that_do_not_count()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float64, adaptedHead: false);
        var (ids, _, completionMask) = Batch();
        var clean = randn([3, 7, 16], dtype: ScalarType.Float64);
        // The state at position t predicts token t + 1; the last one predicts nothing.
        var predicts = cat([completionMask.narrow(1, 1, 6), zeros([3, 1], dtype: ScalarType.Int64)], 1).unsqueeze(2);
        var spoilt = clean.masked_fill(predicts.eq(0), double.NaN);
        var spoiltIds = ids.masked_fill(completionMask.eq(0), -100);
        var (first, second) = (clean.requires_grad_(), spoilt.requires_grad_());
        var head = new HeadLogProbs(model, new HeadMemory(40 * 8 * 2, 0, 1));
        var (a, b) = (Backward(head, first, ids, completionMask), Backward(head, second, spoiltIds, completionMask));
        Distance(a, b).Should().Be(0);
        Distance(first.grad!, second.grad!).Should().Be(0);
        second.grad!.mul(predicts.eq(0)).abs().sum().item<double>().Should().Be(0);
    }

    [Fact]
    public void Half_precision_is_summed_in_single_precision()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Qwen2, ScalarType.BFloat16, adaptedHead: false);
        var (ids, attentionMask, completionMask) = Batch();
        var hidden = model.Hidden(ids, attentionMask).detach().requires_grad_();
        var plain = TokenLogProbs.Next(model.LogitsOf(hidden).to(ScalarType.Float32), ids, completionMask);
        plain.sum().backward();
        var wanted = hidden.grad!.to(ScalarType.Float32);
        var again = hidden.detach().requires_grad_();
        var head = new HeadLogProbs(model);
        var pass = head.Forward(again, ids, completionMask);
        pass.LogProbs.sum().backward();
        pass.Backward();
        var found = head.Compute(again, ids, completionMask);
        found.dtype.Should().Be(ScalarType.Float32);
        Distance(found, plain).Should().BeLessThan(1e-5);
        // Gradients are rounded to eight bits on both ways.
        Distance(again.grad!.to(ScalarType.Float32), wanted).Should().BeLessThan(0.02 * wanted.abs().max().item<float>());
    }

    [Fact]
    public void Gradient_checkpointing_gives_the_same()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float64, adaptedHead: false);
        var (ids, attentionMask, completionMask) = Batch();
        var head = new HeadLogProbs(model, new HeadMemory(40 * 8 * 2, 0, 1));
        var expected = Backward(head, model.Hidden(ids, attentionMask), ids, completionMask);
        var wanted = Gradients(model);
        var forward = model.Forward(ids, attentionMask, checkpointing: true);
        var value = Backward(head, forward.Hidden, ids, completionMask);
        forward.Backward();
        Distance(value, expected).Should().BeLessThan(1e-12);
        ShouldEqual(Gradients(model), wanted, 1e-12);
    }

    [Fact]
    public void A_loss_may_use_the_hidden_states_too()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float32, adaptedHead: false);
        using var values = ValueHead.Create(model.Config, 5);
        var (ids, attentionMask, completionMask) = Batch();
        var hidden = model.Hidden(ids, attentionMask);
        (Loss(TokenLogProbs.Next(model.LogitsOf(hidden), ids, completionMask)) + values.Values(hidden).square().mean()).backward();
        var (wanted, wantedOfHead) = (Gradients(model), Gradients(values));
        var again = model.Hidden(ids, attentionMask);
        var states = again.detach().requires_grad_();
        var pass = new HeadLogProbs(model).Forward(again, ids, completionMask);
        (Loss(pass.LogProbs) + values.Values(states).square().mean()).backward();
        pass.Backward(states.grad);
        ShouldEqual(Gradients(model), wanted, 1e-6);
        ShouldEqual(Gradients(values), wantedOfHead, 1e-6);
    }

    [Fact]
    public void Entropies_are_those_of_whole_logits()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float64, adaptedHead: true);
        var (ids, attentionMask, completionMask) = Batch();
        var hidden = model.Hidden(ids, attentionMask);
        var head = new HeadLogProbs(model, new HeadMemory(OneRow, LeastPositions: 1));
        var (logProbs, entropies) = head.WithEntropies(hidden, ids, completionMask);
        Distance(entropies, TokenLogProbs.Entropy(model.LogitsOf(hidden).narrow(1, 0, 6), completionMask.narrow(1, 1, 6)))
            .Should().BeLessThan(1e-12);
        Distance(logProbs, TokenLogProbs.Next(model.LogitsOf(hidden), ids, completionMask)).Should().BeLessThan(1e-12);
    }

    [Fact]
    public void Probabilities_beyond_the_range_keep_their_logarithm()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float32, adaptedHead: false);
        var (ids, attentionMask, completionMask) = Batch();
        var hidden = model.Hidden(ids, attentionMask).detach().mul(1000);
        var found = new HeadLogProbs(model).Compute(hidden, ids, completionMask);
        found.min().item<float>().Should().BeLessThan(-110, "single precision has no such probability");
        var plain = TokenLogProbs.Next(model.LogitsOf(hidden), ids, completionMask);
        ((found - plain).abs() / (1 + plain.abs())).max().item<float>().Should().BeLessThan(1e-6f);
    }

    [Fact]
    public void A_batch_that_counts_nothing_gives_nothing()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float32, adaptedHead: false);
        var (ids, attentionMask, completionMask) = Batch();
        var head = new HeadLogProbs(model);
        var values = head.BackwardWeighted(model.Hidden(ids, attentionMask), ids, zeros_like(completionMask), ones([3, 6]));
        values.abs().sum().item<float>().Should().Be(0);
        Gradients(model).Values.Should().OnlyContain(gradient => IsNothing(gradient));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ModelArchitecture.Llama, ScalarType.Float32, adaptedHead: false);
        var (ids, attentionMask, completionMask) = Batch();
        var hidden = model.Hidden(ids, attentionMask);
        var head = new HeadLogProbs(model);
        head.Invoking(h => h.Compute(hidden, ids.narrow(1, 0, 6), completionMask))
            .Should().Throw<ReproException>().WithMessage("tokens has shape*3, 6*3, 7*");
        head.Invoking(h => h.Compute(hidden, ids + 40, completionMask)).Should().Throw<ReproException>().WithMessage("*from 0 to 39*");
        head.Invoking(h => h.BackwardWeighted(hidden, ids, completionMask, ones([3, 7])))
            .Should().Throw<ReproException>().WithMessage("*3, 7*3, 6*");
        model.Adapters.Add("head", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["lm_head"], Dropout = 0.1 }, 1);
        head.Invoking(h => h.Forward(hidden, ids, completionMask)).Should().Throw<InvalidOperationException>().WithMessage("*dropout*");
    }

    private static bool IsNothing(Tensor? gradient) => gradient is null || gradient.abs().max().item<float>() == 0;

    private static Tensor Backward(HeadLogProbs head, Tensor hidden, Tensor ids, Tensor completionMask)
    {
        var pass = head.Forward(hidden, ids, completionMask);
        var loss = Loss(pass.LogProbs);
        loss.backward();
        pass.Backward();
        return loss.detach();
    }

    private static Tensor Loss(Tensor logProbs) => -nn.functional.logsigmoid(logProbs.sum(1) * 0.3).mean();

    private static LanguageModel Model(ModelArchitecture architecture, ScalarType type, bool adaptedHead)
    {
        var model = LanguageModel.Create(TinyModels.Config(architecture), 3, type);
        if (adaptedHead)
        {
            model.Adapters.Add("one", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["lm_head", "q_proj"] }, 1);
            using var ungraded = no_grad();
            foreach (var (_, parameter) in model.Adapters.Parameters("one"))
            {
                parameter.add_(0.1);
            }
        }

        return model;
    }

    /// <summary>Ragged rows: one whole, one padded on the right, one on the left; prompts do not count.</summary>
    private static (Tensor Ids, Tensor Attended, Tensor Counted) Batch() => (
        tensor(new long[,] { { 5, 17, 33, 8, 21, 3, 2 }, { 9, 4, 2, 0, 0, 0, 0 }, { 0, 0, 11, 39, 6, 6, 2 } }),
        tensor(new long[,] { { 1, 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 0, 0, 0, 0 }, { 0, 0, 1, 1, 1, 1, 1 } }),
        tensor(new long[,] { { 1, 0, 1, 1, 0, 1, 1 }, { 0, 0, 1, 0, 0, 0, 0 }, { 0, 0, 0, 1, 1, 1, 1 } }));

    private static Dictionary<string, Tensor?> Gradients(nn.Module model)
    {
        var gradients = model.named_parameters().ToDictionary(pair => pair.name, pair =>
        {
            using var gradient = pair.parameter.grad;
            return gradient?.clone();
        });
        model.zero_grad();
        return gradients;
    }

    private static void ShouldEqual(Dictionary<string, Tensor?> found, Dictionary<string, Tensor?> wanted, double bound)
    {
        // Rounding of the largest gradients is passed down to the small ones.
        var scale = wanted.Values.Max(gradient => gradient is null ? 0 : gradient.abs().max().ToDouble());
        scale.Should().BeGreaterThan(1e-3, "the comparison must be able to fail");
        foreach (var (name, gradient) in wanted)
        {
            (found[name] is null).Should().Be(gradient is null, name);
            if (gradient is not null)
            {
                Distance(found[name]!, gradient).Should().BeLessThan(bound * Math.Max(1, scale), name);
            }
        }
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}
