using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Rollouts;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RolloutTests
{
    private static readonly RandomStreams _streams = new(11);

    [Fact]
    public void A_row_is_drawn_the_same_alone_and_in_any_batch()
    {
        using var model = LanguageModel.Create(TinyPolicies.Config(), 3);
        var sampler = new ResponseSampler(model, new SamplerSettings { MaxNewTokens = 5, StopTokens = [5] }, _streams);
        var prompts = TinyPolicies.Prompts(6);
        var together = sampler.Sample(prompts, 4);
        for (var row = 0; row < prompts.Count; row++)
        {
            sampler.Sample([prompts[row]], 4, row)[0].Response.Should().Equal(together[row].Response);
        }

        sampler.Sample(prompts, 5).Select(Shown).Should().NotEqual(together.Select(Shown), "each step has streams of its own");
        together.Should().OnlyContain(rollout => rollout.Ended == rollout.Response.Contains(5));
        together.Should().Contain(rollout => rollout.Response.Count == 5 || rollout.Ended);
    }

    [Fact]
    public void Responses_begin_in_one_column_and_masks_follow_them()
    {
        using var tokens = RolloutTokens.Collate([new(new([1]), [2, 3, 4], true), new(new([5, 6, 7]), [0], false)], pad: 0);
        tokens.Ids.data<long>().ToArray().Should().Equal(0, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0);
        tokens.Mask.data<bool>().ToArray().Should().Equal(true, true, true, true, false, false);
        tokens.Attention.data<bool>().ToArray().Should().Equal(false, false, true, true, true, true, true, true, true, true, false, false);
        (tokens.PromptLength, tokens.ResponseLength, tokens.ResponseTokens).Should().Be((3, 3, 4));
        FluentActions.Invoking(() => RolloutTokens.Collate([new(new([1]), [], true)], 0))
            .Should().Throw<ReproException>().WithMessage("Rollout 0*response of 0*");
    }

    [Theory]
    [InlineData(1.0, null, null)]
    [InlineData(0.5, null, null)]
    [InlineData(0.8, 4, 0.9)]
    public void Scoring_is_the_distribution_of_sampling(double temperature, int? topK, double? topP)
    {
        // Trap 2: k1 is an unbiased estimate of a KL, so it cannot be negative on average, only under the distribution that was sampled
        // from.
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config(vocabulary: 12));
        var model = policies.Policy.Language;
        TinyPolicies.Disturb(policies, 0.6);
        var settings = new SamplerSettings { MaxNewTokens = 3, Temperature = temperature, TopK = topK, TopP = topP };
        var prompt = new RolloutPrompt([1, 2]);
        IReadOnlyList<Rollout> rollouts;
        using (model.Adapters.Use("policy"))
        {
            rollouts = new ResponseSampler(model, settings, _streams).Sample([.. Enumerable.Repeat(prompt, 3000)], 0);
        }

        using var batch = RolloutMeasurement.Measure(policies, null, rollouts, settings, fullKl: true, rowsPerPass: 500);
        var k1 = VectorComparison.Doubles(KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, KlPenalty.LogRatio));
        var k3 = VectorComparison.Doubles(KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, KlPenalty.LowVariance));
        var full = VectorComparison.Doubles(batch.FullKl!);
        k1.Min().Should().BeLessThan(0, "a single token may favour the reference");
        k3.Min().Should().BeGreaterThanOrEqualTo(-1e-6);
        full.Min().Should().BeGreaterThanOrEqualTo(-1e-6);
        full.Average().Should().BeGreaterThan(0.05, "the comparison must be able to fail");
        foreach (var estimate in new[] { k1, k3 })
        {
            var differences = estimate.Zip(full, (x, y) => x - y).ToArray();
            var error = Math.Sqrt(differences.Select(x => x * x).Average() / differences.Length);
            Math.Abs(differences.Average()).Should().BeLessThan(4 * error);
        }
    }

    [Theory]
    [InlineData(1.0, null)]
    [InlineData(0.7, 3)]
    public void Log_probabilities_are_those_of_the_sampler(double temperature, int? topK)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var model = policies.Policy.Language;
        TinyPolicies.Disturb(policies, 0.5);
        var settings = new SamplerSettings { MaxNewTokens = 1, Temperature = temperature, TopK = topK };
        var rollouts = new ResponseSampler(model, settings, _streams).Sample(TinyPolicies.Prompts(5), 0);
        using var batch = RolloutMeasurement.Measure(policies, null, rollouts, settings);
        for (var row = 0; row < rollouts.Count; row++)
        {
            var ids = tensor(rollouts[row].Prompt.Ids.ToArray()).unsqueeze(0);
            var logits = model.Logits(ids, ids.ne(-1)).select(1, rollouts[row].Prompt.Ids.Count - 1);
            var processed = LogitsProcessing.Apply(
                logits, ids, new GenerationSettings { MaxNewTokens = 1, Temperature = temperature, TopK = topK });
            var expected = processed.log_softmax(-1)[0, rollouts[row].Response[0]].item<float>();
            batch.LogProbs[row, 0].item<float>().Should().BeApproximately(expected, 1e-5f);
        }
    }

    [Fact]
    public void What_is_measured_does_not_depend_on_the_batch()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var model = policies.Policy.Language;
        using var head = ValueHead.Create(model.Config, 1, start: ValueHeadStart.Uniform);
        TinyPolicies.Disturb(policies, 0.5);
        var settings = new SamplerSettings { MaxNewTokens = 4, StopTokens = [5] };
        var rollouts = new ResponseSampler(model, settings, _streams).Sample(TinyPolicies.Prompts(6), 0);
        using var whole = RolloutMeasurement.Measure(policies, head, rollouts, settings);
        using var parts = RolloutMeasurement.Measure(policies, head, rollouts, settings, rowsPerPass: 1, pad: 3);
        foreach (var of
            in new Func<RolloutBatch, Tensor>[]
            {
                batch => batch.LogProbs,
                batch => batch.ReferenceLogProbs,
                batch => batch.Values!,
                batch => batch.Entropies,
            })
        {
            (of(whole) - of(parts)).abs().max().item<float>().Should().BeLessThan(1e-5f);
            of(whole).std().item<float>().Should().BeGreaterThan(0.01f);
        }
    }

    [Fact]
    public void Value_heads_are_drawn_as_documented_and_come_back_from_their_file()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var config = TinyPolicies.Config(width: 64);
        using var head = ValueHead.Create(config, 1, start: ValueHeadStart.Uniform);
        var weight = head.Parameters()["v_head.summary.weight"];
        weight.abs().max().item<float>().Should().BeInRange(0.1f, 0.125f, "64 draws uniform within 1 / sqrt(64)");
        using var zero = ValueHead.Create(config, 1, start: ValueHeadStart.Zero);
        zero.Parameters().Values.Should().OnlyContain(parameter => parameter.abs().max().item<float>() == 0);
        head.Save(folder.Path);
        using var read = ValueHead.Load(folder.Path, config);
        foreach (var (name, parameter) in head.Parameters())
        {
            read.Parameters()[name].Equals(parameter).Should().BeTrue();
        }

        FluentActions.Invoking(() => ValueHead.Load(folder.Path, TinyPolicies.Config()))
            .Should().Throw<ReproException>().WithMessage("*v_head.summary.weight*[1, 16]*[1, 64]*");
    }

    [Fact]
    public void Samples_say_who_said_what_where_a_prompt_has_several_turns()
    {
        ChatMessage[] turns =
            [new(ChatRole.System, "be short"), new(ChatRole.User, "a"), new(ChatRole.Assistant, "b"), new(ChatRole.User, "c")];
        Rollout Asked(params ChatMessage[] messages) => new(new([1, 2]) { Messages = messages }, [3], true);
        var samples = RolloutSamples.Take([Asked(turns), Asked(turns[1]), Asked()], new RewardScores([1, 2, 3]), 3);

        samples.Select(sample => sample.Prompt).Should().Equal("system: be short\nuser: a\nassistant: b\nuser: c", "a", "1 2");
    }

    private static string Shown(Rollout rollout) => string.Join(' ', rollout.Response);
}
