using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Rewards;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardFunctionTests
{
    private static readonly Rollout[] _rollouts =
        [new(new([1, 2]), [3, 4], true), new(new([1]), [5], false), new(new([2, 3, 4]), [1, 1, 1], true)];

    [Theory]
    [InlineData(0, false, true)]
    [InlineData(1, true, false)]
    [InlineData(0.25, true, true)]
    public void The_weight_is_what_it_says(double weight, bool asksPreference, bool asksAbsolute)
    {
        var asked = new List<string>();
        IRewardFunction Named(string name, double score) => new RuleReward(_ =>
        {
            asked.Add(name);
            return score;
        });
        var scores = new CombinedReward(Named("preference", 2), Named("absolute", -1), weight).Score(_rollouts, CancellationToken.None);
        scores.Total.Should().AllBeEquivalentTo((weight * 2) + ((1 - weight) * -1));
        asked.Contains("preference").Should().Be(asksPreference);
        asked.Contains("absolute").Should().Be(asksAbsolute);
        scores.Parts.Keys.Should().BeEquivalentTo(asked.Distinct());
        FluentActions.Invoking(() => new CombinedReward(Named("a", 1), Named("b", 1), 1.5)).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData("2 + 2 = 4\n#### 4", "4", 3)]
    [InlineData("2 + 2 = 5\n#### 5", "4", -1)]
    [InlineData("4", "4", -1)]
    [InlineData("#### 4", null, -1)]
    public void The_final_number_of_an_answer_is_compared_with_that_of_the_data(string text, string? reference, double score) =>
        new AnswerRewardSettings { Right = 3, Wrong = -1 }.Score(new Rollout(new([1]) { Reference = reference }, [2], true) { Text = text })
            .Should().Be(score);

    [Fact]
    public void A_model_scores_the_whole_sequence_whatever_its_batch()
    {
        using var scope = NewDisposeScope();
        using var model = ScoreModel.Create(TinyPolicies.Config(), 3);
        var whole = new ModelReward(model, RewardInput.AsSampled).Score(_rollouts, CancellationToken.None).Total;
        var alone = new ModelReward(model, RewardInput.AsSampled, rowsPerPass: 1, pad: 2).Score(_rollouts, CancellationToken.None).Total;
        var bounded = new ModelReward(model, RewardInput.AsSampled, bounded: true).Score(_rollouts, CancellationToken.None).Total;
        var direct = model.Scores(tensor(new long[,] { { 1, 2, 3, 4 } }), tensor(new long[,] { { 1, 1, 1, 1 } })).item<float>();
        whole[0].Should().BeApproximately(direct, 1e-6);
        for (var row = 0; row < whole.Count; row++)
        {
            alone[row].Should().BeApproximately(whole[row], 1e-5);
            bounded[row].Should().BeApproximately(1 / (1 + Math.Exp(-whole[row])), 1e-6);
        }

        whole.Distinct().Should().HaveCount(3);
    }

    [Fact]
    public void Missing_parts_are_refused_by_name()
    {
        var rule = new RuleReward(_ => 1);
        using var model = ScoreModel.Create(TinyPolicies.Config(), 3);
        static void Missing(Action make, string name) => make.Should().Throw<ArgumentNullException>().WithParameterName(name);
        Missing(() => _ = new ModelReward(null!, RewardInput.AsSampled), "model");
        Missing(() => _ = new ModelReward(model, null!), "text");
        Missing(() => _ = new CombinedReward(null!, rule, 0.5), "preference");
        Missing(() => _ = new CombinedReward(rule, null!, 0.5), "absolute");
        Missing(() => _ = RewardInput.AsChat(null!), "input");
        Missing(() => _ = rule.Score(null!, CancellationToken.None), "rollouts");
        Missing(() => _ = new ModelReward(model, RewardInput.AsSampled).Score(null!, CancellationToken.None), "rollouts");
        Missing(() => _ = new AnswerRewardSettings().Score(null!), "rollout");
        FluentActions.Invoking(() => new ModelReward(model, RewardInput.AsSampled, rowsPerPass: 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("rowsPerPass");
    }

    [Fact]
    public void Scoring_can_be_cancelled()
    {
        var (asked, cancelled) = (0, new CancellationToken(canceled: true));
        using var model = ScoreModel.Create(TinyPolicies.Config(), 3);
        IRewardFunction[] rewards = [new RuleReward(_ => ++asked), new ModelReward(model, RewardInput.AsSampled)];
        foreach (var reward in rewards)
        {
            reward.Invoking(one => one.Score(_rollouts, cancelled)).Should().Throw<OperationCanceledException>();
        }

        asked.Should().Be(0);
    }

    /// <summary>The first response is where an index of 0 could be taken for none.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_model_that_gives_no_number_is_refused_with_the_response(int row) =>
        FluentActions.Invoking(() => new ModelReward(new Broken(row), RewardInput.AsSampled).Score(_rollouts, CancellationToken.None))
            .Should().Throw<ReproException>()
            .WithMessage(Invariant($"The reward model gave response {row} the score NaN; a finite one was*"));

    [Fact]
    public void Scores_that_are_not_finite_are_refused()
    {
        FluentActions.Invoking(() => new RuleReward(rollout => rollout.Ended ? 1 : double.NaN).Score(_rollouts, CancellationToken.None))
            .Should().Throw<ReproException>().WithMessage("*response 1*NaN*");
    }

    [Fact]
    public void The_chat_form_is_that_of_the_reward_models_data()
    {
        var tokenizer = TokenizerLoader.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "vectors", "tokenizers", "qwen2-2000"));
        IReadOnlyList<ChatMessage> prompt = [new(ChatRole.User, "How many apples?")];
        var input = new ScoringInput(tokenizer, new ChatMlTemplate(), new PairTruncation());
        var cut = new Rollout(new RolloutPrompt([1]) { Messages = prompt }, [7], Ended: false) { Text = "Three." };
        var ids = RewardInput.AsChat(input)(cut).Select(id => (int)id).ToArray();
        tokenizer.DecodeIds(ids)
            .Should().EndWith("<|im_start|>assistant\nThree.<|im_end|>\n", "the end tag is added though the response was cut");
        ids.Should().Equal(input.Build(prompt, "Three."));
        FluentActions.Invoking(() => RewardInput.AsChat(input)(_rollouts[0])).Should().Throw<ReproException>().WithMessage("*no messages*");
    }

    // 0 for each response but one.
    private sealed class Broken(int row) : IRewardModel
    {
        public Tensor Score(Tensor ids, Tensor mask)
        {
            var scores = zeros(ids.shape[0]);
            scores[row] = float.NaN;
            return scores;
        }

        public Tensor ScoreTokens(Tensor ids, Tensor mask) => throw new NotSupportedException();
    }
}
