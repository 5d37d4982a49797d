using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training;
using Repro.Core.Training.Planning;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Planning;

[Collection(TensorCollection.Name)]
public sealed class ModelSizeTests
{
    private static readonly ModelConfig SevenB = TinyModels.Config(ModelArchitecture.Llama) with
    {
        VocabularySize = 32000,
        HiddenSize = 4096,
        IntermediateSize = 11008,
        Layers = 32,
        Heads = 32,
        KeyValueHeads = 32,
        HeadSize = 128,
    };

    // One row of ten tokens a step.
    private static readonly Workload _work = new() { BatchSize = 1, MeanTokens = 10, LongestTokens = 10 };

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Qwen2)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    [InlineData(ModelArchitecture.Gemma3)]
    public void Sizes_are_those_of_models(ModelArchitecture architecture)
    {
        foreach (var config
            in new[]
            {
                TinyModels.Config(architecture),
                TinyModels.Config(architecture) with { TiedEmbeddings = architecture == ModelArchitecture.Llama },
            })
        {
            using var language = LanguageModel.Create(config, 1);
            using var score = ScoreModel.Create(config with { Labels = 3 }, 1);

            ModelSize.LanguageModel(config).Should().Be(language.parameters().Sum(parameter => parameter.numel()));
            ModelSize.ScoreModel(config with { Labels = 3 }).Should().Be(score.parameters().Sum(parameter => parameter.numel()));
        }
    }

    [Fact]
    public void Published_sizes_come_out()
    {
        ModelSize.LanguageModel(SevenB).Should().Be(6_738_415_616);
    }

    [Fact]
    public void Memory_of_full_training_is_known_beforehand()
    {
        var settings = new ModelSettings { Path = "x" };
        var memory = CostEstimate.Memory(SevenB, settings, _work, 100, 100);

        memory["weights"].Should().Be(400);
        memory["gradients"].Should().Be(400);
        memory["moments"].Should().Be(800);
        var lora = new LoraSettings { Rank = 1, Alpha = 1, Targets = ["all-linear"] };
        var adapted = CostEstimate.Memory(SevenB, settings with { Dtype = ScalarType.BFloat16, Lora = lora }, _work, 100, 10);
        adapted["weights"].Should().Be(200 + 40);
        adapted["moments"].Should().Be(80);
    }

    /// <summary>A byte for each of 5 responses, 7 tokens and 32000 entries of the vocabulary.</summary>
    [Fact]
    public void What_a_truncating_sampler_left_of_the_vocabulary_is_counted()
    {
        var work = _work with { SampledTexts = 1, NewTokens = 7, TruncatedRows = 5 };
        var memory = CostEstimate.Memory(SevenB, new ModelSettings { Path = "x" }, work, 1, 1);

        memory["kept tokens"].Should().Be(5 * 7 * 32000);
        CostEstimate.Memory(SevenB, new ModelSettings { Path = "x" }, work with { TruncatedRows = 0 }, 1, 1)
            .Should().NotContainKey("kept tokens");
    }

    [Fact]
    public void Work_counts_six_four_and_two()
    {
        var full = new ModelSettings { Path = "x" };
        var work = _work with { ForwardPasses = 3 };

        CostEstimate.OperationsPerStep(full, work, 7).Should().Be(7 * ((6 * 10) + (2 * 30)));
        CostEstimate.OperationsPerStep(full with { GradientCheckpointing = true }, work, 7).Should().Be(7 * ((8 * 10) + (2 * 30)));
        CostEstimate.OperationsPerStep(full with { Adapter = "x" }, work, 7).Should().Be(7 * ((4 * 10) + (2 * 30)));
    }

    /// <summary>
    /// Three pairs a step, two at once: 4 rows, each half of the longest pair; 3 * 50 tokens with gradients and as many through the
    /// reference.
    /// </summary>
    [Fact]
    public void A_step_on_pairs_reads_both_texts_and_the_reference()
    {
        var work = new Workload { BatchSize = 3, MicroBatchSize = 2, Texts = 2, ForwardPasses = 1, MeanTokens = 50, LongestTokens = 80 };

        (work.Rows, work.Length, work.TokensPerStep, work.ForwardTokensPerStep, work.SampledRows).Should().Be((4, 40, 150, 150, 0));
    }

    /// <summary>
    /// Three prompts of 50 tokens a step, four responses of 10 to each, of which two are trained on in two epochs: 3 * 2 * 60 * 2 tokens
    /// with gradients; without them 3 * 4 * 60 for the sampler and each of two reward models, and 3 * 2 * 60 for the reference.
    /// </summary>
    [Fact]
    public void A_step_on_sampled_responses_counts_sampler_reward_models_and_reference()
    {
        var work = new Workload
        {
            BatchSize = 3,
            Texts = 2,
            Updates = 2,
            ForwardPasses = 1,
            SampledTexts = 4,
            NewTokens = 10,
            RewardModels = 2,
            MeanTokens = 50,
            LongestTokens = 80,
        };

        (work.Rows, work.Length, work.TokensPerStep, work.SampledRows).Should().Be((6, 90, 720, 12));
        work.ForwardTokensPerStep.Should().Be((3 * 4 * 60 * 3) + (3 * 2 * 60));
    }

    [Fact]
    public void Checkpointing_keeps_less()
    {
        var settings = new ModelSettings { Path = "x" };
        var work = new Workload { BatchSize = 2, MeanTokens = 100, LongestTokens = 100 };

        var kept = CostEstimate.Memory(SevenB, settings, work, 1, 1)["activations"];
        CostEstimate.Memory(SevenB, settings with { GradientCheckpointing = true }, work, 1, 1)["activations"]
            .Should().BeLessThan(kept / 10);
    }
}
