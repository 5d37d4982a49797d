using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ModelBehaviourTests
{
    private static readonly long[] _text = [5, 17, 33, 8, 21];

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Qwen2)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    [InlineData(ModelArchitecture.Gemma3)]
    public void Side_and_amount_of_padding_change_nothing(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        var alone = model.Logits(Ids(_text), Ids([1, 1, 1, 1, 1]));
        var left = model.Logits(Ids([9, 9, 9, .. _text]), Ids([0, 0, 0, 1, 1, 1, 1, 1])).narrow(1, 3, 5);
        var right = model.Logits(Ids([.. _text, 9, 9]), Ids([1, 1, 1, 1, 1, 0, 0])).narrow(1, 0, 5);
        Distance(alone, left).Should().BeLessThan(1e-5);
        Distance(alone, right).Should().BeLessThan(1e-5);
        alone.std().item<float>().Should().BeGreaterThan(0.1f, "the comparison must be able to fail");
    }

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    [InlineData(ModelArchitecture.Gemma3)]
    public void Cached_passes_equal_whole_ones(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        var whole = model.Logits(Ids(_text), Ids([1, 1, 1, 1, 1]));
        using var cache = new KeyValueCache(model.Config, 1, 5, model.Dtype, model.Device);
        var first = model.Logits(Ids(_text[..2]), Ids([1, 1]), null, cache);
        var second = model.Logits(Ids(_text[2..3]), Ids([1, 1, 1]), null, cache);
        var third = model.Logits(Ids(_text[3..]), Ids([1, 1, 1, 1, 1]), null, cache);
        Distance(whole, cat([first, second, third], 1)).Should().BeLessThan(1e-5);
        model.Invoking(m => m.Logits(Ids([1]), Ids([1, 1, 1, 1, 1, 1]), null, cache))
            .Should().Throw<ArgumentException>().WithMessage("*cache holds 5*");
    }

    [Fact]
    public void Each_row_of_a_batch_is_generated_as_alone()
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        long[][] prompts = [[5, 6], [7, 8, 9, 10], [11]];
        var settings = new GenerationSettings
        {
            MaxNewTokens = 6,
            Sample = true,
            TopK = 10,
            TopP = 0.95,
            RepetitionPenalty = 1.2,
            StopTokens = [2],
            Seeds = [1, 2, 3],
        };
        var together = TextGenerator.Generate(model, prompts, settings);
        for (var row = 0; row < prompts.Length; row++)
        {
            var alone = TextGenerator.Generate(model, [prompts[row]], settings with { Seeds = [row + 1] });
            alone.Responses[0].Should().Equal(together.Responses[row]);
        }

        var several = TextGenerator.Generate(model, prompts[..1], settings with { SequencesPerPrompt = 8, Seeds = null, Seed = 5 });
        several.Responses.Select(response => string.Join(' ', response)).Distinct().Should().HaveCountGreaterThan(1);
        TextGenerator.Generate(model, prompts[..1], settings with { SequencesPerPrompt = 8, Seeds = null, Seed = 5 }).Responses
            .Should().BeEquivalentTo(several.Responses, options => options.WithStrictOrdering());
    }

    /// <summary>Rows that have ended are no longer computed; those that go on keep their own positions, masks, history and random
    /// numbers.</summary>
    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Gpt2)]
    public void Rows_that_go_on_do_not_notice_those_that_ended(ModelArchitecture architecture)
    {
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        var random = new Random(4);
        long[][] prompts = [.. Enumerable.Range(0, 40).Select(_ =>
            (long[])[.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (long)random.Next(5, 40))])];
        var settings = new GenerationSettings
        {
            MaxNewTokens = 9,
            Sample = true,
            RepetitionPenalty = 1.2,
            NoRepeatNgram = 2,
            MinimumLength = 5,
            StopTokens = [2, 7, 11, 19, 23, 31],
            Seeds = [.. Enumerable.Range(1, prompts.Length).Select(seed => (long)seed)],
        };
        var together = TextGenerator.Generate(model, prompts, settings);
        together.Responses.Select(response => response.Length).Distinct().Should().HaveCountGreaterThan(4);
        for (var row = 0; row < prompts.Length; row++)
        {
            var alone = TextGenerator.Generate(model, [prompts[row]], settings with { Seeds = [row + 1] });
            alone.Responses[0].Should().Equal(together.Responses[row]);
            together.Sequences[row].Should().HaveCount(5 + 9).And.EndWith(alone.Sequences[0]);
        }
    }

    [Theory]
    [InlineData(9)]
    [InlineData(2)]
    public void Prompts_that_come_again_are_continued_as_if_they_came_once(int different)
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        long[][] prompts = [.. Enumerable.Range(0, 30).Select(row => Enumerable.Repeat(5L, 1 + (row % different)).ToArray())];
        var settings = new GenerationSettings
        {
            MaxNewTokens = 5,
            Sample = true,
            Seeds = [.. Enumerable.Range(1, prompts.Length).Select(seed => (long)seed)],
        };
        var together = TextGenerator.Generate(model, prompts, settings);
        together.Responses.Select(response => string.Join(' ', response)).Distinct().Should().HaveCountGreaterThan(20);
        for (var row = 0; row < prompts.Length; row++)
        {
            TextGenerator.Generate(model, [prompts[row]], settings with { Seeds = [row + 1] }).Responses[0]
                .Should().Equal(together.Responses[row]);
        }

        using var scope = NewDisposeScope();
        var mask = ones([30, 4], dtype: ScalarType.Int64);
        var ids = arange(30, dtype: ScalarType.Int64).remainder(different).unsqueeze(1).expand(30, 4);
        var distinct = new DistinctPrompts(ids, mask);
        distinct.Ids.shape[0].Should().Be(different < 8 ? 30 : different, "a handful of rows is added up in another order");
    }

    [Fact]
    public void Rows_that_ended_are_left_out_once_they_are_a_quarter_of_more_than_eight()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        using var cache = new KeyValueCache(model.Config, 12, 5, model.Dtype, model.Device);
        var ids = full([12, 2], 3, dtype: ScalarType.Int64);
        var rows = new RunningRows(model, ids, ones_like(ids), new GenerationSettings { MaxNewTokens = 3 });
        var ended = new bool[12];
        void End(int row)
        {
            ended[row] = true;
            rows.LeaveOut(ended, ended.Count(own => !own), cache);
        }

        End(2);
        End(5);
        rows.Numbers.Should().Equal(Enumerable.Range(0, 12));
        End(11);
        rows.Numbers.Should().Equal(0, 1, 3, 4, 6, 7, 8, 9, 10);
        rows.Seen(2).shape.Should().Equal(9, 2);
        End(0);
        End(1);
        End(3);
        rows.Numbers.Should().HaveCount(9);
    }

    [Fact]
    public void Stop_tokens_end_a_row()
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        var settings = new GenerationSettings { MaxNewTokens = 6, PadToken = 0 };
        var free = TextGenerator.Generate(model, [[5L, 6]], settings).Responses[0];
        var stop = (int)free[2];
        var stopped = TextGenerator.Generate(model, [[5L, 6]], settings with { StopTokens = [stop] });
        stopped.Responses[0].Should().Equal(free[..(Array.IndexOf(free, stop) + 1)]);
        stopped.Sequences[0].Should().HaveCount(8);
    }

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    [InlineData(ModelArchitecture.Gemma3)]
    public void Adapters_merge_unmerge_and_stand_side_by_side(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        model.eval();
        Tensor Run() => model.Logits(Ids(_text), Ids([1, 1, 1, 1, 1])).detach();
        var plain = Run();
        var settings = new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"] };
        model.Adapters.Add("one", settings, 1);
        Run().Equals(plain).Should().BeTrue("B starts at zero");
        Disturb(model, "one", 0.1);
        var one = Run();
        Distance(one, plain).Should().BeGreaterThan(0.01);
        model.Adapters.Add("two", settings, 2);
        Disturb(model, "two", -0.2);
        Distance(Run(), one).Should().BeGreaterThan(0.01);

        model.Adapters.Active = "one";
        Run().Equals(one).Should().BeTrue();
        model.Adapters.Merge();
        Distance(Run(), one).Should().BeLessThan(1e-4);
        using (model.Adapters.Disable())
        {
            Run().Equals(plain).Should().BeTrue();
        }

        model.Adapters.Unmerge();
        Run().Equals(one).Should().BeTrue();
        model.Adapters.Save("one", folder.Path);
        model.Adapters.Remove("one");
        Run().Equals(plain).Should().BeTrue();
        model.Adapters.Load("again", folder.Path);
        Run().Equals(one).Should().BeTrue();
    }

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Qwen2)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    [InlineData(ModelArchitecture.Gemma3)]
    public void A_folder_comes_back_as_it_was(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        model.Save(folder.Path, shardBytes: 2000);
        using var read = LanguageModel.Load(folder.Path);
        var mask = Ids([1, 1, 1, 1, 1]);
        read.Logits(Ids(_text), mask).Equals(model.Logits(Ids(_text), mask)).Should().BeTrue();
        read.Config.Should().BeEquivalentTo(model.Config, options =>
            options.Excluding(config => config.Labels).Excluding(config => config.Generation));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        model.Invoking(m => m.Logits(Ids([40]), Ids([1]))).Should().Throw<ReproException>().WithMessage("*id 40*40 ids*");
        model.Invoking(m => m.Logits(Ids([-1]), Ids([1]))).Should().Throw<ReproException>().WithMessage("*id -1*");
        FluentActions.Invoking(() => TextGenerator.Generate(model, [[1L], []], new GenerationSettings { MaxNewTokens = 1 }))
            .Should().Throw<ReproException>().WithMessage("Prompt 1 is empty*");
        model.Save(folder.Path);
        FluentActions.Invoking(() => ScoreModel.Load(folder.Path))
            .Should().Throw<ReproException>().WithMessage("*a reward model was expected; there is no score head (score.weight)*");
        var path = Path.Combine(folder.Path, ModelConfigFile.Name);
        var text = File.ReadAllText(path);
        foreach (var (from, to, message) in new[]
        {
            ("\"llama\"", "\"mamba\"", "*'model_type' must be llama, mistral, qwen2, qwen3, gemma2, gemma3_text or gpt2*mamba*"),
            ("\"hidden_size\":16", "\"hidden_size\":32", "*has shape*"),
            ("\"num_hidden_layers\":2", "\"num_hidden_layers\":3", "*layers.2*not there*"),
            ("\"num_hidden_layers\":2", "\"num_hidden_layers\":1", "*no place for*layers.1*"),
            ("\"vocab_size\":40", "\"vocab_size\":2147483647", "*has shape*"),
            ("\"vocab_size\":40", "\"vocab_size\":-4", "*'vocab_size' must be*-4*"),
            ("\"num_key_value_heads\":2", "\"num_key_value_heads\":3", "*must divide*"),
        })
        {
            text.Should().Contain(from);
            File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
            FluentActions.Invoking(() => LanguageModel.Load(folder.Path)).Should().Throw<ReproException>().WithMessage(message);
        }
    }

    [Fact]
    public void Scores_are_read_at_the_last_real_token()
    {
        using var scope = NewDisposeScope();
        using var model = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        var ids = tensor(new long[,] { { 5, 6, 7, 0 }, { 0, 5, 6, 7 } });
        var mask = tensor(new long[,] { { 1, 1, 1, 0 }, { 0, 1, 1, 1 } });
        var scores = model.Scores(ids, mask).data<float>().ToArray();
        scores[0].Should().BeApproximately(scores[1], 1e-5f);
        scores[0].Should().BeApproximately(model.TokenScores(ids, mask)[0, 2, 0].item<float>(), 1e-6f);
        model.Invoking(m => m.Scores(ids, mask * tensor(new long[,] { { 1 }, { 0 } })))
            .Should().Throw<ReproException>().WithMessage("Row 1*no real token*");
    }

    [Fact]
    public void Values_come_from_hidden_states()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Qwen2), 3);
        using var head = ValueHead.Create(model.Config, 4);
        var hidden = model.Hidden(Ids(_text), Ids([1, 1, 1, 1, 1]));
        var values = head.Values(hidden);
        values.shape.Should().Equal(1, 5);
        values.sum().backward();
        head.parameters().Concat(model.parameters()).Should().OnlyContain(parameter => HasGradient(parameter));
    }

    [Theory]
    [InlineData(ModelArchitecture.Llama, false)]
    [InlineData(ModelArchitecture.Qwen2, false)]
    [InlineData(ModelArchitecture.Gpt2, true)]
    [InlineData(ModelArchitecture.Gemma2, false)]
    [InlineData(ModelArchitecture.Gemma3, true)]
    public void Checkpointed_gradients_equal_plain_ones(ModelArchitecture architecture, bool adapter)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        if (adapter)
        {
            model.Adapters.Add("one", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"] }, 1);
            Disturb(model, "one", 0.1);
        }

        var (ids, mask) = (Ids(_text), Ids([0, 1, 1, 1, 1]));
        Tensor Loss(Tensor hidden) => model.LogitsOf(hidden).log_softmax(-1).narrow(2, 7, 1).mean();
        var plain = Loss(model.Hidden(ids, mask));
        plain.backward();
        var expected = model.parameters().Select(parameter => parameter.grad?.clone()).ToList();
        expected.Any(gradient => gradient is not null).Should().BeTrue();
        model.zero_grad();
        var forward = model.Forward(ids, mask, checkpointing: true);
        var value = Loss(forward.Hidden);
        value.backward();
        forward.Backward();
        value.item<float>().Should().BeApproximately(plain.item<float>(), 1e-6f);
        foreach (var (parameter, gradient) in model.parameters().Zip(expected))
        {
            using var found = parameter.grad;
            (found is null).Should().Be(gradient is null);
            (found is null ? 0 : Distance(found, gradient!)).Should().BeLessThan(1e-5);
        }
    }

    private static bool HasGradient(Tensor parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null;
    }

    private static void Disturb(LanguageModel model, string adapter, double by)
    {
        using var ungraded = no_grad();
        foreach (var (name, parameter) in model.Adapters.Parameters(adapter))
        {
            if (name.Contains("lora_B", StringComparison.Ordinal))
            {
                parameter.add_(by);
            }
        }
    }

    private static Tensor Ids(long[] ids) => tensor(ids).unsqueeze(0);

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
