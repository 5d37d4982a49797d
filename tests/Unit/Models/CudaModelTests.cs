using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Decoders, caches, generation, adapters and heads on a CUDA device give what they give on the CPU.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CudaModelTests
{
    private const double Bound = 1e-4;

    private static readonly long[,] _ids = { { 9, 5, 17, 33, 8, 21 }, { 3, 11, 7, 12, 30, 9 } };
    private static readonly long[,] _mask = { { 0, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 1, 1 } };
    private static readonly LoraSettings _lora = new() { Rank = 2, Alpha = 4, Targets = ["all-linear"] };

    public static TheoryData<ModelArchitecture> Architectures => new(Enum.GetValues<ModelArchitecture>());

    [CudaTheory]
    [MemberData(nameof(Architectures))]
    public void Logits_and_gradients_are_those_of_the_cpu(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        var expected = Gradients(architecture, CPU, checkpointed: false);
        foreach (var checkpointed in new[] { false, true })
        {
            var found = Gradients(architecture, CUDA, checkpointed);
            found.Should().HaveCount(expected.Count);
            foreach (var (name, values) in expected)
            {
                Distance(found[name], values).Should().BeLessThan(Bound, name);
            }
        }

        expected["logits"].std().item<float>().Should().BeGreaterThan(0.1f, "the comparison must be able to fail");
    }

    [CudaTheory]
    [MemberData(nameof(Architectures))]
    public void Cached_passes_equal_whole_ones(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3, device: CUDA);
        var (ids, mask) = (tensor(_ids, device: CUDA), tensor(_mask, device: CUDA));
        var whole = model.Logits(ids, mask);
        using var cache = new KeyValueCache(model.Config, 2, 6, model.Dtype, model.Device);
        var parts = new List<Tensor>();
        foreach (var (first, count) in new[] { (0, 3), (3, 1), (4, 2) })
        {
            parts.Add(model.Logits(ids.narrow(1, first, count), mask.narrow(1, 0, first + count), null, cache));
        }

        var real = mask.unsqueeze(2).ne(0);
        Distance(whole.masked_fill(real.logical_not(), 0), cat(parts, 1).masked_fill(real.logical_not(), 0)).Should().BeLessThan(Bound);
    }

    [CudaFact]
    public void Generated_tokens_are_those_of_the_cpu()
    {
        using var here = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Qwen2), 3);
        using var there = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Qwen2), 3, device: CUDA);
        long[][] prompts = [[5, 6], [7, 8, 9, 10], [11]];
        var greedy = new GenerationSettings { MaxNewTokens = 12 };
        var sampled = greedy with
        {
            Sample = true,
            Temperature = 0.9,
            TopK = 20,
            TopP = 0.95,
            RepetitionPenalty = 1.2,
            NoRepeatNgram = 3,
            MinimumLength = 6,
            StopTokens = [2],
            Seed = 4,
            SequencesPerPrompt = 2,
        };
        foreach (var settings
            in new[] { greedy, sampled, sampled with { TypicalP = 0.9, EpsilonCutoff = 1e-3, PenaltySeesPadding = true } })
        {
            var expected = TextGenerator.Generate(here, prompts, settings);
            var found = TextGenerator.Generate(there, prompts, settings);
            found.Sequences.Should().BeEquivalentTo(expected.Sequences, options => options.WithStrictOrdering());
            found.Responses.Should().BeEquivalentTo(expected.Responses, options => options.WithStrictOrdering());
        }
    }

    [CudaTheory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Gpt2)]
    public void Adapters_merge_unmerge_and_travel_by_file(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3, device: CUDA);
        model.eval();
        var (ids, mask) = (tensor(_ids, device: CUDA), tensor(_mask, device: CUDA));
        Tensor Run() => model.Logits(ids, mask).detach();
        var plain = Run();
        model.Adapters.Add("one", _lora, 1);
        model.Adapters.Parameters("one").Values.Should().OnlyContain(parameter => parameter.is_cuda);
        Run().Equals(plain).Should().BeTrue("B starts at zero");
        Disturb(model);
        var adapted = Run();
        Distance(adapted, plain).Should().BeGreaterThan(0.01);
        model.Adapters.Merge();
        Distance(Run(), adapted).Should().BeLessThan(1e-3);
        using (model.Adapters.Disable())
        {
            Run().Equals(plain).Should().BeTrue();
        }

        model.Adapters.Unmerge();
        Run().Equals(adapted).Should().BeTrue();
        model.Adapters.Save("one", folder.Path);
        model.Adapters.Remove("one");
        model.Adapters.Load("again", folder.Path);
        Run().Equals(adapted).Should().BeTrue();
    }

    [CudaTheory]
    [MemberData(nameof(Architectures))]
    public void A_folder_travels_between_devices(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var there = LanguageModel.Create(TinyModels.Config(architecture), 3, device: CUDA);
        there.Save(folder.Path, shardBytes: 2000);
        using var here = LanguageModel.Load(folder.Path);
        using var back = LanguageModel.Load(folder.Path, ScalarType.Float32, CUDA);
        here.parameters().Zip(there.parameters()).Should().OnlyContain(pair => pair.First.Equals(pair.Second.cpu()));
        back.parameters().Zip(there.parameters()).Should().OnlyContain(pair => pair.First.Equals(pair.Second));
    }

    [CudaFact]
    public void Heads_score_as_on_the_cpu()
    {
        using var scope = NewDisposeScope();
        double[] Scores(Device device)
        {
            using var model = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Qwen2), 3, device: device);
            using var head = ValueHead.Create(model.Config, 4, device);
            var (ids, mask) = (tensor(_ids, device: device), tensor(_mask, device: device));
            Tensor[] parts =
                [model.Scores(ids, mask), model.ScoresBeforeFirstPad(ids, mask, 33), head.Values(model.Hidden(ids, mask)).narrow(1, 1, 5)];
            return [.. parts.SelectMany(TorchFixture.Numbers)];
        }

        var (found, expected) = (Scores(CUDA), Scores(CPU));
        found.Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < Bound);
        expected.Distinct().Count().Should().BeGreaterThan(8, "the comparison must be able to fail");
    }

    [CudaFact]
    public void Half_precision_stays_near_and_trains_adapters_in_single_precision()
    {
        using var scope = NewDisposeScope();
        using var whole = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Qwen2) with { InitializerRange = 0.2 }, 3, device: CUDA);
        using var half = LanguageModel.Create(
            TinyModels.Config(ModelArchitecture.Qwen2) with { InitializerRange = 0.2 }, 3, ScalarType.BFloat16, CUDA);
        var (ids, mask) = (tensor(_ids, device: CUDA), tensor(_mask, device: CUDA));
        Distance(half.Logits(ids, mask).to(ScalarType.Float32), whole.Logits(ids, mask)).Should().BeInRange(1e-4, 0.2);
        half.Adapters.Add("one", _lora, 1);
        Disturb(half);
        var head = new HeadLogProbs(half);
        var forward = half.Forward(ids, mask, checkpointing: true);
        var pass = head.Forward(forward.Hidden, ids, mask);
        var loss = pass.LogProbs.mean().neg();
        loss.backward();
        pass.Backward();
        forward.Backward();
        loss.item<float>().Should().BeInRange(0.1f, 10);
        foreach (var (name, parameter) in half.Adapters.Parameters("one"))
        {
            using var gradient = parameter.grad!;
            gradient.dtype.Should().Be(ScalarType.Float32, name);
            gradient.isfinite().all().item<bool>().Should().BeTrue(name);
        }
    }

    [Fact]
    public void Weights_drawn_on_the_device_repeat_and_have_the_deviation() => CheckDrawn(CPU);

    [CudaFact]
    public void Weights_drawn_on_a_cuda_device_repeat_and_have_the_deviation() => CheckDrawn(CUDA);

    private static void CheckDrawn(Device device)
    {
        using var scope = NewDisposeScope();
        var config = TinyModels.Config(ModelArchitecture.Llama) with { InitializerRange = 0.02, VocabularySize = 400 };
        using var one = LanguageModel.Create(config, 3, ScalarType.BFloat16, device, onDevice: true);
        using var two = LanguageModel.Create(config, 3, ScalarType.BFloat16, device, onDevice: true);
        using var three = LanguageModel.Create(config, 4, ScalarType.BFloat16, device, onDevice: true);
        one.parameters().Should().OnlyContain(parameter => parameter.device_type == device.type && parameter.dtype == ScalarType.BFloat16);
        one.parameters().Zip(two.parameters()).Should().OnlyContain(pair => pair.First.Equals(pair.Second));
        var (first, other) = (one.BaseParameters()["model.embed_tokens.weight"], three.BaseParameters()["model.embed_tokens.weight"]);
        first.Equals(other).Should().BeFalse();
        first.to(ScalarType.Float32).std().item<float>().Should().BeApproximately(0.02f, 0.001f);
        one.BaseParameters()["model.norm.weight"].to(ScalarType.Float32).sum().item<float>().Should().Be(16);
    }

    // Logits at real positions, and all gradients of a loss through the head in chunks.
    private static Dictionary<string, Tensor> Gradients(ModelArchitecture architecture, Device device, bool checkpointed)
    {
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3, device: device);
        var (ids, mask) = (tensor(_ids, device: device), tensor(_mask, device: device));
        var head = new HeadLogProbs(model, new HeadMemory(ChunkBytes: 400));
        var forward = model.Forward(ids, mask, checkpointing: checkpointed);
        var pass = head.Forward(forward.Hidden, ids, mask);
        var loss = pass.LogProbs.mul(pass.LogProbs).mean();
        loss.backward();
        pass.Backward();
        forward.Backward();
        var result = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["logits"] = model.Logits(ids, mask).detach().masked_fill(mask.eq(0).unsqueeze(2), 0).cpu(),
            ["loss"] = loss.detach().cpu(),
            ["likelihoods"] = SequenceLogProbs.Sum(model.Logits(ids, mask), ids, mask).detach().cpu(),
        };
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var gradient = parameter.grad!;
            result.Add(name, gradient.cpu());
        }

        return result;
    }

    private static void Disturb(LanguageModel model)
    {
        using var ungraded = no_grad();
        foreach (var (name, parameter) in model.Adapters.Parameters("one"))
        {
            if (name.Contains("lora_B", StringComparison.Ordinal))
            {
                parameter.add_(0.1);
            }
        }
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
