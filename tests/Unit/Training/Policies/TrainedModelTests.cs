using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Policies;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class TrainedModelTests
{
    private static readonly RandomStreams _streams = new(7);
    private static readonly LoraSettings _lora = new() { Rank = 2, Alpha = 4, Targets = ["all-linear"] };

    [Fact]
    public void Every_weight_is_trained_without_an_adapter()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = TrainedModel.Load(Fresh(folder, ModelArchitecture.Llama), _streams);
        model.TrainedParameters().Select(entry => entry.Name).Should().BeEquivalentTo(model.Language.BaseParameters().Keys);
        var written = Directory.CreateDirectory(Path.Combine(folder.Path, "written")).FullName;
        folder.Write("tokenizer.json", "{}");
        model.Export(written);
        File.Exists(Path.Combine(written, "tokenizer.json")).Should().BeTrue();
        using var read = TrainedModel.Load(new ModelSettings { Path = written }, _streams);
        Logits(read.Language).Equals(Logits(model.Language)).Should().BeTrue();
    }

    [Fact]
    public void An_adapter_is_trained_alone_and_written_alone()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var settings = Fresh(folder, ModelArchitecture.Llama) with { Lora = _lora };
        using var model = TrainedModel.Load(settings, _streams);
        model.TrainedParameters()
            .Should().OnlyContain(entry => entry.Name.Contains(".lora_", StringComparison.Ordinal)).And.HaveCount(2 * 2 * 7);
        Disturb(model);
        var written = Directory.CreateDirectory(Path.Combine(folder.Path, "written")).FullName;
        model.Export(written);
        using var read = TrainedModel.Load(settings with { Lora = null, Adapter = written }, _streams);
        read.TrainedParameters().Select(entry => entry.Name).Should().Equal(model.TrainedParameters().Select(entry => entry.Name));
        Logits(read.Language).Equals(Logits(model.Language)).Should().BeTrue();
        using var reference = TrainedModel.Load(settings with { Lora = null }, _streams);
        using (model.Language.Adapters.Disable())
        {
            Logits(reference.Language).Equals(Logits(model.Language)).Should().BeTrue();
        }
    }

    [Fact]
    public void Whole_modules_are_trained_beside_an_adapter_and_written_as_a_whole_model()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var settings = Fresh(folder, ModelArchitecture.Llama) with { Lora = _lora, TrainedWhole = ["embed_tokens", "lm_head"] };
        using var model = TrainedModel.Load(settings, _streams);
        model.TrainedParameters().Where(entry => !entry.Name.Contains(".lora_", StringComparison.Ordinal)).Select(entry => entry.Name)
            .Should().BeEquivalentTo("model.embed_tokens.weight", "lm_head.weight");
        Disturb(model);
        var written = Directory.CreateDirectory(Path.Combine(folder.Path, "written")).FullName;
        model.Export(written);
        using var read = TrainedModel.Load(new ModelSettings { Path = written }, _streams);
        (Logits(read.Language) - Logits(model.Language)).abs().max().ToDouble().Should().BeLessThan(1e-4);
        FluentActions.Invoking(() => TrainedModel.Load(settings with { TrainedWhole = ["head"] }, _streams))
            .Should().Throw<ReproException>().WithMessage("*trained_whole*'head'*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropout_comes_from_its_stream_and_nothing_else_moves(bool checkpointed)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var settings = Fresh(folder, ModelArchitecture.Llama) with { Lora = _lora with { Dropout = 0.5 } };
        using var plain = TrainedModel.Load(settings, _streams);
        using var other = TrainedModel.Load(settings with { GradientCheckpointing = checkpointed }, _streams);
        Disturb(plain);
        Disturb(other);
        var wanted = Gradients(plain, 3, 1);
        manual_seed(5);
        var state = get_rng_state();
        var found = Gradients(other, 3, 1);
        get_rng_state().Equals(state).Should().BeTrue("the global generator goes on as if nothing had been drawn");
        wanted.Zip(found).Max(pair => (pair.First - pair.Second).abs().max().ToDouble()).Should().BeLessThan(1e-5);
        Gradients(other, 3, 2).Zip(found).Max(pair => (pair.First - pair.Second).abs().max().ToDouble())
            .Should().BeGreaterThan(1e-3, "another micro-batch has other dropout");
        if (checkpointed)
        {
            other.Invoking(model => model.Forward(Ids, Ones)).Should().Throw<InvalidOperationException>().WithMessage("*UseDropoutSeed*");
        }
    }

    [Fact]
    public void Factors_stay_in_single_precision()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = TrainedModel.Load(
            Fresh(folder, ModelArchitecture.Qwen2) with { Lora = _lora, Dtype = ScalarType.BFloat16 }, _streams);
        model.TrainedParameters().Should().OnlyContain(entry => entry.Parameter.dtype == ScalarType.Float32);
        Disturb(model);
        var forward = model.Forward(Ids, Ones);
        forward.Hidden.to(ScalarType.Float32).square().mean().backward();
        forward.Backward();

        foreach (var (name, parameter) in model.TrainedParameters())
        {
            using var gradient = parameter.grad;
            gradient!.dtype.Should().Be(ScalarType.Float32, name);
        }

        var separate = Logits(model.Language);
        model.Language.Adapters.Merge();
        Logits(model.Language).dtype.Should().Be(ScalarType.BFloat16);
        (Logits(model.Language) - separate).abs().max().ToDouble().Should().BeLessThan(0.1 * separate.abs().max().ToDouble());
        model.Language.Adapters.Unmerge();
        model.Language.zero_grad();
    }

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    public void Rows_may_have_a_structure_of_their_own(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        long[] prompt = [5, 17, 33], first = [8, 21], second = [4, 9, 30];
        var packed = tensor((long[])[.. prompt, .. first, .. second]).unsqueeze(0);
        var positions = tensor((long[])[0, 1, 2, 3, 4, 3, 4, 5]).unsqueeze(0);
        var sees = ones([8, 8], dtype: ScalarType.Int64).tril();
        sees.narrow(0, 5, 3).narrow(1, 3, 2).fill_(0);
        var together = model.Hidden(packed, sees.unsqueeze(0), positions);
        var one = model.Hidden(tensor((long[])[.. prompt, .. first]).unsqueeze(0), ones([1, 5], dtype: ScalarType.Int64));
        var two = model.Hidden(tensor((long[])[.. prompt, .. second]).unsqueeze(0), ones([1, 6], dtype: ScalarType.Int64));
        (together.narrow(1, 0, 5) - one).abs().max().ToDouble().Should().BeLessThan(1e-5);
        (together.narrow(1, 5, 3) - two.narrow(1, 3, 3)).abs().max().ToDouble().Should().BeLessThan(1e-5);
        model.Invoking(m => m.Hidden(packed, sees.unsqueeze(0))).Should().Throw<ArgumentException>().WithMessage("*with positions*");
    }

    [Fact]
    public void Settings_that_contradict_themselves_are_refused()
    {
        using var folder = new TemporaryFolder();
        var settings = Fresh(folder, ModelArchitecture.Llama);
        void Refused(ModelSettings wrong, string message) =>
            FluentActions.Invoking(() => TrainedModel.Load(wrong, _streams)).Should().Throw<ReproException>().WithMessage(message);
        Refused(settings with { Lora = _lora, Adapter = folder.Path }, "*adapter*lora*exclude*");
        Refused(settings with { TrainedWhole = ["lm_head"] }, "*trained_whole needs an adapter*");
        Refused(settings with { Lora = _lora with { Targets = ["nothing"] } }, "model.lora*nothing*");
        Refused(settings with { Device = "gpu" }, "Device 'gpu'*cpu, cuda*");
        Refused(settings with { Device = "cuda:99" }, "Device 'cuda:99' is not there*");
        Refused(settings with { Device = "cuda:x" }, "Device 'cuda:x' is not known*");
    }

    private static Tensor Ids => tensor(new long[,] { { 5, 17, 33, 8 }, { 9, 4, 2, 1 } });

    private static Tensor Ones => ones([2, 4], dtype: ScalarType.Int64);

    private static ModelSettings Fresh(TemporaryFolder folder, ModelArchitecture architecture)
    {
        ModelConfigFile.Write(Path.Combine(folder.Path, ModelConfigFile.Name), TinyModels.Config(architecture));
        return new ModelSettings { Path = folder.Path, Fresh = true };
    }

    private static Tensor Logits(LanguageModel model)
    {
        using var ungraded = no_grad();
        model.eval();
        var logits = model.Logits(Ids, Ones);
        model.train();
        return logits;
    }

    private static List<Tensor> Gradients(TrainedModel model, long step, long part)
    {
        using (model.UseDropout(_streams, step, part))
        {
            var forward = model.Forward(Ids, Ones);
            forward.Hidden.narrow(2, 0, 3).sum().backward();
            forward.Backward();
        }

        var gradients = model.TrainedParameters().Select(entry =>
        {
            using var gradient = entry.Parameter.grad!;
            return gradient.clone();
        }).ToList();
        model.Language.zero_grad();
        return gradients;
    }

    private static void Disturb(TrainedModel model)
    {
        using var ungraded = no_grad();
        foreach (var (_, parameter) in model.TrainedParameters().Where(entry => entry.Name.Contains("lora_B", StringComparison.Ordinal)))
        {
            parameter.add_(0.1);
        }
    }
}
