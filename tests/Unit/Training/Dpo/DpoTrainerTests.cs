using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Losses.Examples;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static Repro.Tests.Unit.Training.Dpo.DpoRuns;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Dpo;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class DpoTrainerTests
{
    private const int End = 0;

    /// <summary>
    /// Three responses of strength 1, 3 and 9 that are compared 20 times each, with exactly the wins that Bradley and Terry expect: the
    /// loss has its least value, the mean entropy of the comparisons, where beta * log(policy / reference) differs by the logarithms of the
    /// strengths.
    /// </summary>
    [Fact]
    public void Implicit_rewards_recover_the_truth()
    {
        int[] strengths = [1, 3, 9];
        const int Comparisons = 20;
        var pairs = new List<TokenPair>();
        var least = 0.0;
        foreach (var (a, b) in new[] { (1, 0), (2, 1), (2, 0) })
        {
            var p = (double)strengths[a] / (strengths[a] + strengths[b]);
            var wins = (int)Math.Round(Comparisons * p);
            ((double)wins).Should().BeApproximately(Comparisons * p, 1e-9);
            pairs.AddRange(Enumerable.Repeat(new TokenPair(Response(a), Response(b)), wins));
            pairs.AddRange(Enumerable.Repeat(new TokenPair(Response(b), Response(a)), Comparisons - wins));
            least += ((-p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p))) / 3;
        }

        var loss = new DpoPairLoss(new DpoLossSettings { Beta = 0.5 });
        var model = Model();
        var policies = PolicyPair.SecondModel(model, () => Model().Language);
        using var trainer = new DpoTrainer(
            policies, pairs, [new(Response(2), Response(1)), new(Response(1), Response(0)), new(Response(2), Response(0))],
            new DpoSettings { Batch = new BatchSettings { BatchSize = pairs.Count }, Epochs = 150 }, loss,
            new OptimizerSettings { LearningRate = 3e-3 }, new ScheduleSettings { Kind = ScheduleShape.Linear }, Streams);
        var excess = double.NaN;
        for (var step = 0; step < trainer.TotalSteps; step++)
        {
            excess = trainer.Step(step, CancellationToken.None).Metrics["loss"] - least;
            excess.Should().BeGreaterThan(-1e-6);
        }

        // A third of the loss belongs to each comparison, and the logistic loss bends by at least 0.08 around odds of 9:1, so that an
        // excess e leaves a difference of at most sqrt(2 * 3 * e / 0.08).
        excess.Should().BeLessThan(1e-4);
        var bound = Math.Sqrt(2 * 3 * 1e-4 / 0.08);
        var outcome = new PairPass(policies, loss)
            .Evaluate([new(Response(2), Response(1)), new(Response(1), Response(0)), new(Response(2), Response(0))]);
        var rewards = outcome.PolicyChosen.Select((value, pair) =>
            0.5 * (value - outcome.ReferenceChosen[pair] - outcome.PolicyRejected[pair] + outcome.ReferenceRejected[pair])).ToArray();
        rewards[0].Should().BeApproximately(Math.Log(3), bound);
        rewards[1].Should().BeApproximately(Math.Log(3), bound);
        rewards[2].Should().BeApproximately(Math.Log(9), bound);
        trainer.Evaluate(CancellationToken.None)["accuracy"].Should().Be(1);
    }

    [Fact]
    public void The_first_loss_is_that_of_equal_policies()
    {
        using var trainer = Trainer(4);
        var metrics = trainer.Step(0, CancellationToken.None).Metrics;
        metrics["loss"].Should().BeApproximately(Math.Log(2), 1e-6);
        metrics["rewards/margins"].Should().BeApproximately(0, 1e-6);
        metrics["gradient_norm"].Should().BePositive();
    }

    [Fact]
    public void Trap7_parts_of_a_batch_add_up_to_the_whole_batch()
    {
        (double Loss, Dictionary<string, double[]> Gradient) First(int? micro, bool grouped = false)
        {
            using var trainer = Trainer(8, micro, grouped: grouped);
            return (trainer.Step(0, CancellationToken.None).Metrics["loss"], TrainingRuns.FirstGradient(trainer));
        }

        var whole = First(null);
        foreach (var (micro, grouped) in new (int?, bool)[] { (1, false), (4, false), (3, true), (null, true) })
        {
            var parts = First(micro, grouped);
            parts.Loss.Should().BeApproximately(whole.Loss, 1e-6);
            TrainingRuns.Distance(parts.Gradient, whole.Gradient).Should().BeLessThan(1e-6);
        }
    }

    [Fact]
    public void Live_tensors_stay_flat()
    {
        using var trainer = Trainer(4, 2, epochs: 500);
        trainer.TotalSteps.Should().Be(1000);
        var (first, last) = TrainingRuns.LiveTensorsOver(trainer, 1000);
        last.Should().Be(first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resumed_run_is_the_uninterrupted_one(bool precompute)
    {
        using var whole = Trainer(4, 2, epochs: 3, precompute: precompute, dropout: 0.2);
        using var resumed = Trainer(4, 2, epochs: 3, precompute: precompute, dropout: 0.2);
        for (var step = 0; step < 6; step++)
        {
            if (step == 3)
            {
                TrainingRuns.Copy(whole, resumed);
            }

            whole.Step(step, CancellationToken.None);
        }

        for (var step = 3; step < 6; step++)
        {
            resumed.Step(step, CancellationToken.None);
        }

        TrainingRuns.Distance(TrainingRuns.Snapshot(whole), TrainingRuns.Snapshot(resumed)).Should().Be(0);
    }

    /// <summary>ADPO on given pairs: the running baseline belongs to training, goes into checkpoints, and is not moved by a look at
    /// held-out pairs.</summary>
    [Fact]
    public void A_running_baseline_is_moved_by_training_alone_and_resumed()
    {
        IPairLoss Adaptive() => new AdaptivePairLoss(
            new DpoPairLoss(new DpoLossSettings()), AdaptiveDpoReading.Tokens,
            new AdaptiveTokens(new AdaptiveSettings { Threshold = ThresholdKind.RunningMean, Momentum = 0.5 }));
        double Baseline(DpoTrainer trainer) => trainer.StateValues()["loss"]!["baseline"]!.GetValue<double>();
        using var whole = Trainer(4, epochs: 3, dropout: 0.2, own: Adaptive());
        using var resumed = Trainer(4, epochs: 3, dropout: 0.2, own: Adaptive());
        whole.Step(0, CancellationToken.None);
        whole.Step(1, CancellationToken.None);
        var before = Baseline(whole);
        whole.Evaluate(CancellationToken.None).Should().ContainKey("loss");
        Baseline(whole).Should().Be(before);
        TrainingRuns.Copy(whole, resumed);
        for (var step = 2; step < 6; step++)
        {
            resumed.Step(step, CancellationToken.None).Metrics.Should().Equal(whole.Step(step, CancellationToken.None).Metrics);
        }

        Baseline(whole).Should().NotBe(before).And.Be(Baseline(resumed));
        TrainingRuns.Distance(TrainingRuns.Snapshot(whole), TrainingRuns.Snapshot(resumed)).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Every_loss_lowers_itself(DpoLossKind kind)
    {
        using var trainer = Trainer(
            8, epochs: 8, loss: DiscopopLoss.Softer(new DpoLossSettings { Kind = kind, Beta = 0.1 }), learningRate: 1e-2);
        var before = trainer.Evaluate(CancellationToken.None)["rewards/margins"];
        if (DpoPairLossHasReference(kind))
        {
            before.Should().BeApproximately(0, 1e-6);
        }

        var losses = Enumerable.Range(0, (int)trainer.TotalSteps)
            .Select(step => trainer.Step(step, CancellationToken.None).Metrics["loss"]).ToList();
        losses[^1].Should().BeLessThan(losses[0]);
        trainer.Evaluate(CancellationToken.None)["rewards/margins"].Should().BeGreaterThan(before);
    }

    public static TheoryData<DpoLossKind> Losses() => new(Enum.GetValues<DpoLossKind>());

    [Theory]
    [InlineData("weights")]
    [InlineData("fresh adapter")]
    [InlineData("adapter of a folder")]
    [InlineData("adapter and head")]
    public void The_reference_stays_the_policy_of_the_beginning(string form)
    {
        using var folder = new TemporaryFolder();
        ModelConfigFile.Write(Path.Combine(folder.Path, ModelConfigFile.Name), TinyModels.Config(ModelArchitecture.Llama));
        var settings = new ModelSettings { Path = folder.Path, Fresh = true };
        if (form == "adapter of a folder")
        {
            using var source = TrainedModel.Load(settings with { Lora = Lora }, Streams);
            using var ungraded = no_grad();
            foreach (var (_, parameter) in source.TrainedParameters())
            {
                parameter.add_(0.02);
            }

            source.Language.Adapters.Save(source.Adapter!, Path.Combine(folder.Path, "adapter"));
        }

        var model = TrainedModel.Load(
            form switch
            {
                "weights" => settings,
                "fresh adapter" => settings with { Lora = Lora },
                "adapter of a folder" => settings with { Adapter = Path.Combine(folder.Path, "adapter") },
                _ => settings with { Lora = Lora, TrainedWhole = ["lm_head"] },
            },
            Streams);
        var pairs = Enumerable.Range(0, 8).Select(Ragged).ToList();
        using var trainer = new DpoTrainer(
            PolicyPair.FromStart(model, Streams), pairs, pairs,
            new DpoSettings { Batch = new BatchSettings { BatchSize = 8 }, Epochs = 2 }, new DpoPairLoss(new DpoLossSettings()),
            new OptimizerSettings { LearningRate = 1e-2 }, new ScheduleSettings(), Streams);
        var before = trainer.Evaluate(CancellationToken.None);
        before["rewards/chosen"].Should().BeApproximately(0, 1e-5);
        trainer.Step(0, CancellationToken.None);
        var after = trainer.Evaluate(CancellationToken.None);
        after["rewards/margins"].Should().BePositive();
        after["rewards/chosen"]
            .Should().BeApproximately(0.1 * (after["logps/chosen"] - before["logps/chosen"]), 1e-4, "the reference has not moved");
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        void Refused(Func<object> make, string message) =>
            FluentActions.Invoking(make).Should().Throw<ReproException>().WithMessage(message);
        Refused(() => new DpoPairLoss(new DpoLossSettings { Beta = 0 }), "loss.beta*0*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { LabelSmoothing = 0.6 }), "loss.label_smoothing*0*0.5*0.6*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Hinge, LabelSmoothing = 0.1 }), "*no part in Hinge*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Ipo, FDivergenceType = DivergenceType.ForwardKl }),
            "loss.f_divergence_type has no part in ipo*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { FAlphaDivergenceCoef = 2 }),
            "*belongs to f_divergence_type: alpha_divergence*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { CpoAlpha = 0 }), "loss.cpo_alpha has no part in sigmoid*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { SimpoGamma = 1 }), "loss.simpo_gamma has no part in sigmoid*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { DesirableWeight = 2 }), "loss.desirable_weight has no part in sigmoid*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Orpo, UndesirableWeight = 2 }),
            "loss.undesirable_weight has no part in orpo*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Simpo, SimpoGamma = -1 }),
            "loss.simpo_gamma must be at least 0, was -1*");
        Refused(() => new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Cpo, CpoAlpha = double.NaN }),
            "loss.cpo_alpha must be at least 0*");
        Refused(() => new AdaptivePairLoss(new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Simpo }), AdaptiveDpoReading.Tokens,
            new AdaptiveTokens(new AdaptiveSettings())), "adaptive:*without a reference*");
        using var model = Model();
        Refused(() => PolicyPair.SharedBase(model), "*cannot share weights that are trained*");
        var policies = PolicyPair.SecondModel(model, () => throw new InvalidOperationException());
        var settings = new DpoSettings { Batch = new BatchSettings { BatchSize = 4, MicroBatchSize = 2 } };
        DpoTrainer Make(IReadOnlyList<TokenPair> pairs, DpoLossKind kind) => new(
            policies, pairs, [], settings, new DpoPairLoss(new DpoLossSettings { Kind = kind }), new OptimizerSettings { LearningRate = 1 },
            new ScheduleSettings(), Streams);
        Refused(
            () => Make([new(Response(1), new TokenRow([1, 2], [true, false]))], DpoLossKind.Sigmoid),
            "Training pair 0 has an empty response*");
        Refused(() => Make([], DpoLossKind.Sigmoid), "There are no preference pairs*");
        settings = settings with { PrecomputeReference = true };
        Refused(() => Make([new(Response(1), Response(0))], DpoLossKind.Orpo), "precompute_reference has no part*");
        Refused(() => Make([new(Response(1), Response(0))], DpoLossKind.Aot), "micro_batch_size*");
    }

    /// <summary>
    /// Two responses of one token of which the first wins 15 of 20 comparisons, trained without a reference until the policy stands at the
    /// minimum of the loss over d, the difference of their log-probabilities. By hand, for the share p = 3/4 of wins: CPO with the weight 0
    /// has its minimum where beta * d = log(p / (1 - p)) = 1.099, CPO with the hinge at beta * d = 1, with the square at d = (2p - 1) / (2
    /// beta); those of SimPO (the margin gamma stands beside beta * d) and of losses with a likelihood term, -log(1 / (1 + e^-d)) once both
    /// responses have all of the probability, are searched for. The log odds ratio of ORPO is then 2d.
    /// </summary>
    [Theory]
    [InlineData(DpoLossKind.Cpo, 0.5, 0.0)]
    [InlineData(DpoLossKind.Cpo, 0.5, 1.0)]
    [InlineData(DpoLossKind.CpoHinge, 1.0, 0.0)]
    [InlineData(DpoLossKind.CpoIpo, 0.5, 0.0)]
    [InlineData(DpoLossKind.Simpo, 2.0, 0.0)]
    [InlineData(DpoLossKind.Orpo, 0.5, 1.0)]
    public void A_loss_without_a_reference_ends_at_its_minimum(DpoLossKind kind, double beta, double likelihood)
    {
        const double P = 0.75;
        static double SoftPlus(double x) => Math.Log(1 + Math.Exp(x));
        double OfPair(double d) => (likelihood * SoftPlus(-d)) + kind switch
        {
            DpoLossKind.Cpo => SoftPlus(-beta * d),
            DpoLossKind.CpoHinge => Math.Max(0, 1 - (beta * d)),
            DpoLossKind.CpoIpo => Math.Pow(d - (1 / (2 * beta)), 2),
            DpoLossKind.Simpo => SoftPlus(0.5 - (beta * d)),
            _ => beta * SoftPlus(-2 * d),
        };
        var least = Enumerable.Range(-3000, 6001).Select(i => i / 1000.0).MinBy(d => (P * OfPair(d)) + ((1 - P) * OfPair(-d)));
        if (kind == DpoLossKind.Cpo && likelihood == 0)
        {
            least.Should().BeApproximately(Math.Log(3) / beta, 1e-3);
        }

        var (first, second) = (OneToken(1), OneToken(2));
        List<TokenPair> pairs = [.. Enumerable.Repeat(new TokenPair(first, second), 15),
            .. Enumerable.Repeat(new TokenPair(second, first), 5)];
        var settings = new DpoLossSettings { Kind = kind, Beta = beta, CpoAlpha = kind == DpoLossKind.Orpo ? null : likelihood };
        using var trainer = new DpoTrainer(
            PolicyPair.WithoutReference(Model()), pairs, [new(first, second)],
            new DpoSettings { Batch = new BatchSettings { BatchSize = pairs.Count }, Epochs = 250 },
            new DpoPairLoss(settings), new OptimizerSettings { LearningRate = 3e-3 }, new ScheduleSettings { Kind = ScheduleShape.Linear },
                Streams);
        for (var step = 0; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        var metrics = trainer.Evaluate(CancellationToken.None);
        (metrics["logps/chosen"] - metrics["logps/rejected"]).Should().BeApproximately(least, 0.03);
        metrics["rewards/margins"].Should()
            .BeApproximately(beta * least, 0.03 * beta, "without a reference the rewards are beta * log policy");
    }

    /// <summary>
    /// By hand, one pair, beta 1: log-ratios 0.5 and -0.25. The point of the preferred half is max(0, -0.25) = 0, that of the rejected one
    /// 0.5, so that the loss is ((1 - sigmoid(0.5)) + (1 - sigmoid(0.5 + 0.25))) / 2 = (0.3775 + 0.3208) / 2 = 0.3492.
    /// </summary>
    [Fact]
    public void Kto_on_pairs_raises_the_preferred_and_lowers_the_rejected_response()
    {
        using (NewDisposeScope())
        {
            Tensor One(double value) => tensor(new[] { value }).reshape(1, 1);
            var (zero, mask) = (One(-3), ones(1, 1, ScalarType.Bool));
            var loss = new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.KtoPair, Beta = 1 });
            loss.PerPair(new PairTokens(One(-2.5), One(-3.25), zero, zero, mask, mask)).item<double>().Should()
                .BeApproximately(0.34915, 1e-4);
        }

        List<TokenPair> pairs = [.. Enumerable.Repeat(new TokenPair(OneToken(1), OneToken(2)), 4)];
        using var trainer = new DpoTrainer(
            PolicyPair.SecondModel(Model(), () => Model().Language), pairs, pairs,
                new DpoSettings { Batch = new BatchSettings { BatchSize = 4 }, Epochs = 30 },
            new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.KtoPair }), new OptimizerSettings { LearningRate = 3e-3 },
                new ScheduleSettings(), Streams);
        trainer.Step(0, CancellationToken.None).Metrics["loss"].Should().BeApproximately(0.5, 1e-6);
        for (var step = 1; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        var metrics = trainer.Evaluate(CancellationToken.None);
        metrics["rewards/chosen"].Should().BePositive();
        metrics["rewards/rejected"].Should().BeNegative();
    }

    private static bool DpoPairLossHasReference(DpoLossKind kind) => new DpoPairLoss(new DpoLossSettings { Kind = kind }).NeedsReference;

    private static TokenRow OneToken(int which) => new([7, which], [false, true]);

    private static TokenRow Response(int which) => new([7, 1 + which, End], [false, true, true]);
}
