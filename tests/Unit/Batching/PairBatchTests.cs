using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training;
using Repro.Tests.Unit.Training.Dpo;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Batching;

/// <summary>A prompt that goes through the model once for both responses gives what two rows give.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PairBatchTests
{
    private static readonly RandomStreams _streams = new(5);

    // Long prompts with short responses; of other lengths; one whose responses begin alike; a response that begins the other; no token in
    // common.
    private static readonly TokenPair[] _pairs =
    [
        Pair(12, [3, 4, 5], [6, 7]),
        Pair(9, [8, 1], [2, 2, 2, 2, 30]),
        Pair(10, [5, 6, 7, 8], [5, 6, 9, 2]),
        Pair(7, [5, 6], [5, 6, 9, 2]),
        new(new TokenRow([1, 2, 3], [false, true, true]), new TokenRow([9, 8, 7, 6], [false, false, true, true])),
    ];

    public static TheoryData<ModelArchitecture, int> Forms()
    {
        var data = new TheoryData<ModelArchitecture, int>();
        for (var pair = 0; pair < _pairs.Length; pair++)
        {
            data.Add(ModelArchitecture.Llama, pair);
            data.Add(ModelArchitecture.Gemma2, pair);
        }

        data.Add(ModelArchitecture.Llama, -1);
        data.Add(ModelArchitecture.Gpt2, -1);
        data.Add(ModelArchitecture.Gemma3, -1);
        return data;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Sharing_a_prompt_changes_nothing(ModelArchitecture architecture, int pair)
    {
        var pairs = pair < 0 ? _pairs : [_pairs[pair]];
        var (apart, together) = (Run(architecture, pairs, share: false), Run(architecture, pairs, share: true));
        Distance(apart.Outcome.PolicyChosen, together.Outcome.PolicyChosen).Should().BeLessThan(1e-5);
        Distance(apart.Outcome.PolicyRejected, together.Outcome.PolicyRejected).Should().BeLessThan(1e-5);
        Distance(apart.Outcome.ReferenceChosen, together.Outcome.ReferenceChosen).Should().BeLessThan(1e-5);
        Distance(apart.Outcome.ReferenceRejected, together.Outcome.ReferenceRejected).Should().BeLessThan(1e-5);
        Distance(apart.Outcome.Losses, together.Outcome.Losses).Should().BeLessThan(1e-5);
        apart.Gradients.Zip(together.Gradients).Max(both => Distance(both.First, both.Second)).Should().BeLessThan(1e-5);
        apart.Gradients.Max(gradient => gradient.Max(Math.Abs)).Should().BeGreaterThan(1e-3, "the comparison must be able to fail");
        Distance(apart.Outcome.PolicyChosen, apart.Outcome.ReferenceChosen).Should().BeGreaterThan(1e-3);
    }

    [Fact]
    public void Prompts_are_shared_where_that_is_less_work()
    {
        using var scope = NewDisposeScope();
        var config = TinyModels.Config(ModelArchitecture.Llama);
        PairBatch.Collate([_pairs[0]], config, share: true, CPU).Ids.shape.Should().Equal(1, 12 + 3 + 1 + 2);
        PairBatch.Collate([_pairs[0]], config, share: false, CPU).Ids.shape.Should().Equal(2, 15);
        var nothingInCommon = new TokenPair(new TokenRow([1, 2, 3], [false, true, true]), new TokenRow([9, 8, 7], [false, true, true]));
        PairBatch.Collate([nothingInCommon], config, share: true, CPU).Ids.shape.Should().Equal(2, 3);
    }

    [Fact]
    public void Known_references_are_those_of_the_pass()
    {
        foreach (var share in new[] { false, true })
        {
            using var policies = PolicyPair.SharedBase(Model(ModelArchitecture.Llama));
            var pass = new PairPass(policies, new DpoPairLoss(new DpoLossSettings()), sharePrompts: share);
            var pairs = _pairs[..4];
            var (fresh, known) = (pass.Evaluate(pairs), pass.Evaluate(pairs, pass.PrecomputeReference(pairs)));
            Distance(fresh.ReferenceChosen, known.ReferenceChosen).Should().BeLessThan(1e-5);
            Distance(fresh.ReferenceRejected, known.ReferenceRejected).Should().BeLessThan(1e-5);
            Distance(fresh.Losses, known.Losses).Should().BeLessThan(1e-5);
        }
    }

    [Fact]
    public void A_loss_sees_the_tokens_of_both_sides()
    {
        using var policies = PolicyPair.SharedBase(Model(ModelArchitecture.Llama));
        var loss = new AllTokens();
        var outcome = new PairPass(policies, loss, sharePrompts: true).Evaluate([_pairs[0], _pairs[1]]);
        var expected = new PairPass(policies, new DpoPairLoss(new DpoLossSettings { Beta = 0.3 }), sharePrompts: false)
            .Evaluate([_pairs[0], _pairs[1]]);
        Distance(outcome.Losses, expected.Losses).Should().BeLessThan(1e-5);
        loss.Counted.Should().Equal(3 + 2, 2 + 5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Token_rewards_stand_at_the_tokens_that_they_belong_to(bool share)
    {
        using var scope = NewDisposeScope();
        using var policies = PolicyPair.SharedBase(Model(ModelArchitecture.Llama));
        using var judge = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Llama), 4);
        var loss = new NotedRewards();
        var pairs = _pairs[..4];
        new PairPass(policies, loss, sharePrompts: share, tokenRewards: judge).Evaluate(pairs);
        double[] Expected(TokenRow row)
        {
            long[] ids = [.. row.Ids.Select(id => (long)id)];
            var scores = judge.ScoreTokens(tensor(ids, [1, ids.Length]), ones([1, ids.Length], ScalarType.Bool)).to(ScalarType.Float64)
                .data<double>().ToArray();
            return [.. scores.Where((_, t) => row.CompletionMask[t])];
        }

        Distance(loss.Chosen, [.. pairs.SelectMany(pair => Expected(pair.Chosen))]).Should().BeLessThan(1e-5);
        Distance(loss.Rejected, [.. pairs.SelectMany(pair => Expected(pair.Rejected))]).Should().BeLessThan(1e-5);
    }

    private sealed class NotedRewards : IPairLoss
    {
        public double Beta => 1;

        public bool NeedsWholeBatch => true;

        public double[] Chosen { get; private set; } = [];

        public double[] Rejected { get; private set; } = [];

        public Tensor PerPair(PairTokens tokens)
        {
            double[] Counted(Tensor rewards, Tensor mask) => rewards.masked_select(mask).to(ScalarType.Float64).data<double>().ToArray();
            (Chosen, Rejected) = (Counted(tokens.ChosenRewards!, tokens.ChosenMask), Counted(tokens.RejectedRewards!, tokens.RejectedMask));
            return zeros([tokens.ChosenMask.shape[0]]);
        }
    }

    private sealed class AllTokens : IPairLoss
    {
        public double Beta => 0.3;

        public bool NeedsWholeBatch => false;

        public long[] Counted { get; private set; } = [];

        public Tensor PerPair(PairTokens tokens)
        {
            Counted = [tokens.ChosenMask.sum().item<long>(), tokens.RejectedMask.sum().item<long>()];
            AdaptiveResponses Side(Tensor policy, Tensor reference, Tensor mask) => new(policy, reference, mask, mask);
            return AdaptiveLoss.DpoTokenLevel(
                Side(tokens.PolicyChosen, tokens.ReferenceChosen, tokens.ChosenMask),
                Side(tokens.PolicyRejected, tokens.ReferenceRejected, tokens.RejectedMask), Beta);
        }
    }

    private static (PairMetrics Outcome, List<double[]> Gradients) Run(ModelArchitecture architecture, TokenPair[] pairs, bool share)
    {
        using var scope = NewDisposeScope();
        using var policies = PolicyPair.SharedBase(Model(architecture));
        var loss = new DpoPairLoss(new DpoLossSettings());
        var forward = new PairPass(policies, loss, sharePrompts: share).Forward(pairs);
        var losses = loss.PerPair(forward.Tokens);
        forward.Backward(losses.mean());
        var outcome = PairMetrics.Read(loss, forward.Tokens, losses);
        var gradients = policies.Policy.TrainedParameters()
            .Select(entry => Repro.Tests.Shared.Vectors.VectorComparison.Doubles(entry.Parameter.grad!)).ToList();
        policies.Policy.Language.zero_grad();
        return (outcome, gradients);
    }

    private static TrainedModel Model(ModelArchitecture architecture)
    {
        var model = TrainingRuns.Fresh(
            TinyModels.Config(architecture), _streams,
            settings => settings with { Lora = new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"] } });
        using var ungraded = no_grad();
        foreach (var (_, parameter) in model.TrainedParameters().Where(entry => entry.Name.Contains("lora_B", StringComparison.Ordinal)))
        {
            parameter.add_(0.05);
        }

        return model;
    }

    private static TokenPair Pair(int prompt, int[] chosen, int[] rejected)
    {
        var ids = Enumerable.Range(0, prompt).Select(place => ((prompt * 5) + (place * 11)) % 40).ToArray();
        TokenRow Row(int[] response) => new([.. ids, .. response], [.. new bool[prompt], .. response.Select(_ => true)]);
        return new TokenPair(Row(chosen), Row(rejected));
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
