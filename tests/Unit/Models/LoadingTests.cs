using Repro.Core;
using Repro.Core.Hardware;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Checkpoints in other element types, with a head stored twice, with stretched rotary frequencies.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LoadingTests
{
    private static readonly long[] Text = [5, 17, 33, 8, 21, 0, 39];

    [Theory]
    [InlineData(ModelArchitecture.Qwen2, "model.embed_tokens.weight")]
    [InlineData(ModelArchitecture.Gpt2, "transformer.wte.weight")]
    [InlineData(ModelArchitecture.Gemma2, "model.embed_tokens.weight")]
    public void A_tied_head_that_is_stored_too_must_equal_the_embeddings(ModelArchitecture architecture, string embeddings)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        model.Save(folder.Path);
        var tensors = model.BaseParameters().ToDictionary(pair => pair.Key, pair => (Tensor)pair.Value);

        tensors["lm_head.weight"] = tensors[embeddings].clone();
        SafetensorsFolder.Write(folder.Path, tensors);
        using (var read = LanguageModel.Load(folder.Path))
        {
            Logits(read).Equals(Logits(model)).Should().BeTrue();
        }

        tensors["lm_head.weight"] = tensors[embeddings] + 1e-3;
        SafetensorsFolder.Write(folder.Path, tensors);
        FluentActions.Invoking(() => LanguageModel.Load(folder.Path))
            .Should().Throw<ReproException>().WithMessage("*ties 'lm_head.weight' to the embeddings*");

        FluentActions.Invoking(() => LanguageModel.Load(folder.Path, device: META))
            .Should().Throw<ReproException>("a plan reads both, which it has not loaded").WithMessage("*ties 'lm_head.weight'*");

        // GPT-2's first checkpoints have no prefix.
        var bare = tensors.ToDictionary(
            pair => pair.Key.Replace("transformer.", string.Empty, StringComparison.Ordinal), pair => pair.Value);
        SafetensorsFolder.Write(folder.Path, bare);
        FluentActions.Invoking(() => LanguageModel.Load(folder.Path, device: META))
            .Should().Throw<ReproException>().WithMessage("*ties 'lm_head.weight'*");

        tensors["lm_head.weight"] = zeros(3, 3);
        SafetensorsFolder.Write(folder.Path, tensors);
        FluentActions.Invoking(() => LanguageModel.Load(folder.Path))
            .Should().Throw<ReproException>().WithMessage("*ties 'lm_head.weight'*");
    }

    [Fact]
    public void The_folder_of_an_adapter_is_not_taken_for_a_model()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "adapter_config.json"), "{}");
        FluentActions.Invoking(() => LanguageModel.Load(folder.Path)).Should().Throw<ReproException>()
            .WithMessage($"{folder.Path} holds an adapter, not a model: name its base as the model, and this folder as the adapter.");
    }

    /// <summary>What rounding the weights (and, in bf16, every result) to 8 or 11 bits may change, against logits of about 10.</summary>
    [Theory]
    [InlineData(ModelArchitecture.Llama, ScalarType.BFloat16, 1.0 / 256)]
    [InlineData(ModelArchitecture.Qwen2, ScalarType.BFloat16, 1.0 / 256)]
    [InlineData(ModelArchitecture.Gpt2, ScalarType.BFloat16, 1.0 / 256)]
    [InlineData(ModelArchitecture.Llama, ScalarType.Float16, 1.0 / 2048)]
    [InlineData(ModelArchitecture.Qwen2, ScalarType.Float16, 1.0 / 2048)]
    [InlineData(ModelArchitecture.Gpt2, ScalarType.Float16, 1.0 / 2048)]
    [InlineData(ModelArchitecture.Gemma2, ScalarType.BFloat16, 1.0 / 256)]
    [InlineData(ModelArchitecture.Gemma3, ScalarType.BFloat16, 1.0 / 256)]
    [InlineData(ModelArchitecture.Gemma2, ScalarType.Float16, 1.0 / 2048)]
    [InlineData(ModelArchitecture.Gemma3, ScalarType.Float16, 1.0 / 2048)]
    public void Half_precision_files_give_the_logits_of_single_precision_within_their_rounding(
        ModelArchitecture architecture, ScalarType half, double unit)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(architecture) with { InitializerRange = 0.3 }, 3);
        model.Save(folder.Path);
        SafetensorsFolder.Write(folder.Path, model.BaseParameters().ToDictionary(pair => pair.Key, pair => pair.Value.to(half)));
        var wanted = Logits(model);
        var scale = wanted.abs().max().item<float>();

        using var widened = LanguageModel.Load(folder.Path);
        widened.Dtype.Should().Be(ScalarType.Float32);
        var rounding = Distance(Logits(widened), wanted) / scale;
        rounding.Should().BeInRange(unit / 100, 20 * unit, "the weights are rounded once");

        // LibTorch 1.13 multiplies no half-precision matrices on the CPU; bfloat16 it does.
        if (half == ScalarType.BFloat16)
        {
            using var narrow = LanguageModel.Load(folder.Path, half);
            narrow.Dtype.Should().Be(half);
            (Distance(Logits(narrow).to(ScalarType.Float32), wanted) / scale)
                .Should().BeInRange(rounding / 100, 40 * unit, "every result is rounded");
        }
    }

    /// <summary>The frequencies of Llama 3.1 (base 500 000, heads of 128, factor 8, 8192 original positions) from the rule by wavelengths,
    /// in another language.</summary>
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 0.8146172338565447)]
    [InlineData(20, 0.016560440080994446)]
    [InlineData(28, 0.003211445994752591)]
    [InlineData(29, 0.002166570763503359)]
    [InlineData(30, 0.0013718935677611381)]
    [InlineData(32, 0.0005248461609929547)]
    [InlineData(34, 0.0001785078127679964)]
    [InlineData(35, 9.556212353964683e-05)]
    [InlineData(36, 7.78465527393245e-05)]
    [InlineData(63, 3.068925988914511e-07)]
    public void Stretched_frequencies_are_those_of_Llama_3(int index, double frequency)
    {
        using var scope = NewDisposeScope();
        var config = TinyModels.Config(ModelArchitecture.Llama) with
        {
            HeadSize = 128,
            RopeTheta = 500_000,
            RopeScaling = new RopeScaling(8, 1, 4, 8192),
        };
        long[] positions = [0, 1, 2, 100, 8191, 131_071];
        var (cosines, sines) = Rotary.Tables(config, tensor(positions).unsqueeze(0), ScalarType.Float64);
        for (var i = 0; i < positions.Length; i++)
        {
            var angle = positions[i] * frequency;
            cosines[0, 0, i, index].item<double>().Should().BeApproximately(Math.Cos(angle), 1e-9);
            cosines[0, 0, i, index + 64].item<double>().Should().BeApproximately(Math.Cos(angle), 1e-9);
            sines[0, 0, i, index].item<double>().Should().BeApproximately(-Math.Sin(angle), 1e-9);
            sines[0, 0, i, index + 64].item<double>().Should().BeApproximately(Math.Sin(angle), 1e-9);
        }
    }

    private static Tensor Logits(LanguageModel model) =>
        model.Logits(tensor(Text).unsqueeze(0), ones(1, Text.Length, ScalarType.Int64)).detach();

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
