using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.RewardModels;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.RewardModels;

/// <summary>What all trainers of reward models must keep, whatever their loss.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardTrainerTests
{
    private static readonly CancellationToken _free = CancellationToken.None;

    public static TheoryData<string> Kinds() => [.. RewardTask.Kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parts_of_any_size_add_up_to_the_whole_ragged_batch(string kind)
    {
        using var scope = NewDisposeScope();
        var expected = OneStep(kind, null, checkpointing: false);
        expected["metric gradient_norm"][0].Should().BePositive();
        foreach (var (micro, checkpointing, share) in new[] { (1, false, true), (3, false, false), (4, true, true), (8, false, false) })
        {
            var found = OneStep(kind, micro, checkpointing, share);
            found.Keys.Should().BeEquivalentTo(expected.Keys);
            foreach (var (name, values) in expected)
            {
                found[name].Zip(values).Max(pair => Math.Abs(pair.First - pair.Second))
                    .Should().BeLessThan(1e-9, Invariant($"{name} in parts of {micro}"));
            }
        }
    }

    /// <summary>Two of three pairs differ in rank: 2 over 1, which the scores have right, and 2 over 3, which they have wrong.</summary>
    [Fact]
    public void Tied_replies_are_neither_trained_nor_counted()
    {
        using var scope = NewDisposeScope();
        RankedExample Example(params int[] ranks) => new([[1], [2], [3]], [4, 9, 9]) { Ranks = ranks };
        var (objective, tied, scores) = (new PreferenceObjective(), Example(0, 1, 1), new[] { 2.0, 1, 3 });

        var metrics = objective.Evaluate([tied], [scores], [tied]);
        (metrics["pairs"], metrics["accuracy"], metrics["baseline/longer"]).Should().Be((2.0, 0.5, 0.0));
        new PreferenceObjective(new() { Weighting = GroupWeighting.PerPair }).Count([tied, Example(0, 1, 2)]).Should().Be(5);
        var loss = objective.Loss(tensor(scores).unsqueeze(1), ones(3), [tied]).item<double>();
        loss.Should().BeApproximately((Math.Log(1 + Math.Exp(-1)) + Math.Log(1 + Math.Exp(1))) / 2, 1e-12);
        objective.Problem(Example(1, 1, 1)).Should().Be("all its replies have one rank");
        objective.Problem(Example(0, 2, 1)).Should().StartWith("its ranks fall");
        objective.Problem(Example(0, 1)).Should().Be("2 ranks do not belong to 3 replies");
        objective.Problem(tied).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_loss_falls_and_head_and_adapter_learn(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var trainer = RewardTask.Kinds[kind](RewardTask.Model(folder, RewardTask.Lora), RewardTask.Settings(8, rate: 2e-2));
        var state = trainer.StateTensors();
        var head = state["parameter.score.weight"];
        var before = head.detach().clone();
        // The head starts at random as documented, not at zero; otherwise nothing below it would get a gradient.
        before.abs().min().item<float>().Should().BePositive();
        var first = trainer.Step(0, _free).Metrics["loss"];
        head.sub(before).abs().min().item<float>().Should().BePositive("every weight of the head has a gradient");
        state.Where(pair => pair.Key.StartsWith("mean.", StringComparison.Ordinal) && pair.Key.Contains("lora_B", StringComparison.Ordinal))
            .Should().NotBeEmpty().And.OnlyContain(pair => pair.Value.abs().max().item<float>() > 0);
        double last = 0;
        for (var step = 1; step < 60; step++)
        {
            last = trainer.Step(step, _free).Metrics["loss"];
        }

        last.Should().BeLessThan(first * 0.8);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_that_goes_on_from_a_checkpoint_is_the_same_to_the_bit(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var whole = RewardTask.Kinds[kind](RewardTask.Model(folder, RewardTask.Lora), RewardTask.Settings(3, 2));
        for (var step = 0; step < 4; step++)
        {
            whole.Step(step, _free);
        }

        using var resumed = RewardTask.Kinds[kind](RewardTask.Model(folder, RewardTask.Lora), RewardTask.Settings(3, 2));
        using (no_grad())
        {
            foreach (var (name, tensor) in resumed.StateTensors())
            {
                tensor.copy_(whole.StateTensors()[name]);
            }
        }

        resumed.RestoreValues(whole.StateValues());
        // What other code draws from the global generator is no concern of a run.
        rand(7).Dispose();
        for (var step = 4; step < 8; step++)
        {
            whole.Step(step, _free).Metrics.Should().Equal(resumed.Step(step, _free).Metrics);
        }

        foreach (var (name, tensor) in resumed.StateTensors())
        {
            tensor.Equals(whole.StateTensors()[name]).Should().BeTrue(name);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_fails_leaves_no_trace(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var trainer = RewardTask.Kinds[kind](RewardTask.Model(folder, RewardTask.Lora), RewardTask.Settings(8, 2));
        trainer.Step(0, _free);
        var before = trainer.StateTensors().ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone());
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        trainer.Invoking(t => t.Step(1, cancelled.Token)).Should().Throw<OperationCanceledException>();
        var head = trainer.StateTensors()["parameter.score.weight"];
        using (no_grad())
        {
            head[0, 3] = tensor(float.NaN);
        }

        trainer.Invoking(t => t.Step(1, _free)).Should().Throw<ReproException>().WithMessage("*NaN*");
        using (no_grad())
        {
            head.copy_(before["parameter.score.weight"]);
        }

        foreach (var (name, tensor) in trainer.StateTensors())
        {
            tensor.Equals(before[name]).Should().BeTrue(name);
            using var gradient = tensor.grad;
            (gradient is null || gradient.abs().max().item<float>() == 0).Should().BeTrue(name);
        }
    }

    [Theory]
    [InlineData("preference")]
    [InlineData("absolute")]
    [InlineData("process")]
    [InlineData("outcome at every token")]
    public void A_thousand_steps_leave_as_many_tensors_as_one(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        // Adapters on one kind of layer: those on the other six run the same code, and a step takes half as long.
        var lora = RewardTask.Lora with { Targets = ["q_proj"] };
        using var trainer = RewardTask.Kinds[kind](RewardTask.Model(folder, lora), RewardTask.Settings(2, 1, 1e-3));
        trainer.Step(0, _free);
        trainer.Evaluate(_free).Should().ContainKey("accuracy");
        var live = LiveTensors.Count;
        for (var step = 1; step <= 1000; step++)
        {
            trainer.Step(step, _free);
            LiveTensors.Count.Should().Be(live);
        }

        trainer.Evaluate(_free);
        LiveTensors.Count.Should().Be(live);
    }

    [Fact]
    public void A_trained_reward_model_gives_a_text_its_own_score()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var trainer = RewardTask.Settings(4).Trainer(RewardTask.Model(folder), new PreferenceObjective(), RewardTask.Ranked(), []);
        for (var step = 0; step < 30; step++)
        {
            trainer.Step(step, _free);
        }

        // The padding id is the end token here; it stands inside the text and at its end.
        var model = trainer.Model;
        const int Pad = 2;
        long[] text = [5, Pad, 33, 8, Pad];
        long[] mate = [7, 3, 30, 31, 32, 11, 12, 13];
        float Score(long[] ids, long[] mask, params (long[] Ids, long[] Mask)[] others)
        {
            using var inner = NewDisposeScope();
            var rows = others.Prepend((ids, mask)).ToList();
            var idsOf = stack(rows.Select(row => tensor(row.Item1)));
            return model.Score(idsOf, stack(rows.Select(row => tensor(row.Item2))))[0].item<float>();
        }

        long[] all = [1, 1, 1, 1, 1, 1, 1, 1];
        var alone = Score(text, [1, 1, 1, 1, 1]);
        foreach (var other in new[]
        {
            Score([Pad, Pad, Pad, .. text], [0, 0, 0, 1, 1, 1, 1, 1]),
            Score([Pad, Pad, Pad, .. text], [0, 0, 0, 1, 1, 1, 1, 1], (mate, all)),
            Score([.. text, Pad, Pad, Pad], [1, 1, 1, 1, 1, 0, 0, 0], (mate, all), (mate, all)),
            Score([.. text, 9, 0, 17], [1, 1, 1, 1, 1, 0, 0, 0], (mate, all)),
        })
        {
            ((double)other).Should().BeApproximately(alone, 1e-5);
        }

        // Scores that miss the last token, as those that stop before the first padding id, differ by far more.
        Math.Abs(Score(text[..1], [1]) - alone).Should().BeGreaterThan(0.01f);
        Math.Abs(Score(text[..4], [1, 1, 1, 1]) - alone).Should().BeGreaterThan(0.01f);
    }

    [Fact]
    public void What_is_written_scores_the_same()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (ids, mask) = (tensor(new long[,] { { 5, 6, 7, 2 }, { 9, 8, 7, 6 } }), tensor(new long[,] { { 1, 1, 1, 0 }, { 1, 1, 1, 1 } }));
        foreach (var lora in new[] { null, RewardTask.Lora })
        {
            var (run, objective) = (RewardTask.Settings(4), new PreferenceObjective());
            using var trainer = run.Trainer(RewardTask.Model(folder, lora), objective, RewardTask.Ranked(), []);
            trainer.Step(0, _free);
            trainer.Step(1, _free);
            var expected = trainer.Model.Score(ids, mask);
            var written = Directory.CreateDirectory(Path.Combine(folder.Path, lora is null ? "whole" : "adapter")).FullName;
            trainer.Export(written);
            if (lora is null)
            {
                using var read = ScoreModel.Load(written);
                read.Score(ids, mask).Equals(expected).Should().BeTrue();
                using var again = TrainedScoreModel.Load(new ModelSettings { Path = written }, new RandomStreams(99));
                again.Model.Score(ids, mask).Equals(expected).Should().BeTrue();
                continue;
            }

            // The adapter stands on the base of the language model whose body the score model has.
            var body = Path.Combine(folder.Path, "body");
            using var fresh = RewardTask.Model(folder);
            fresh.Model.Save(body);
            using var same = TrainedScoreModel.Load(new ModelSettings { Path = body, Adapter = written }, new RandomStreams(99));
            same.Model.Score(ids, mask).Equals(expected).Should().BeTrue();
            same.TrainedParameters().Should().Contain(entry => entry.Name == "score.weight");
            using var shared = ScoreModel.Load(body);
            using var reward = AdapterRewardModel.Load(shared, "reward", written);
            reward.Score(ids, mask).Equals(expected).Should().BeTrue();
        }
    }

    [Fact]
    public void A_supervised_adapter_is_a_start_for_a_reward_model()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var language = LanguageModel.Create(Models.TinyModels.Config(ModelArchitecture.Llama), 3);
        language.Save(Path.Combine(folder.Path, "base"));
        language.Adapters.Add("policy", RewardTask.Lora, 4);
        language.Adapters.Save("policy", Path.Combine(folder.Path, "policy"));
        using var model = TrainedScoreModel.Load(
            new ModelSettings { Path = Path.Combine(folder.Path, "base"), Adapter = Path.Combine(folder.Path, "policy") },
            new RandomStreams(1));
        model.TrainedParameters().Select(entry => entry.Name).Should().Contain("score.weight").And.HaveCount(1 + (2 * 2 * 7));
        model.Model.Head.Weight.std().item<float>().Should().BePositive();
    }

    [Fact]
    public void Rows_that_make_no_sense_are_named()
    {
        using var folder = new TemporaryFolder();
        RatedExample Good() => new([5, 6], 0.5, 1);
        void Refused(ITrainer trainer, string message)
        {
            using (trainer)
            {
                trainer.Invoking(t => t.Step(0, _free)).Should().Throw<ReproException>().WithMessage(message);
            }
        }

        var run = RewardTask.Settings(1);
        var absolute = new AbsoluteObjective(new() { Kind = AbsoluteLossKind.Logistic });
        RewardModelTrainer<T> One<T>(IRewardObjective<T> objective, T row) => run.Trainer(RewardTask.Model(folder), objective, [row], []);
        RewardModelTrainer<RatedExample> Absolute(RatedExample row) => One(absolute, row);
        Refused(Absolute(Good() with { Ids = [] }), "training row 0: a text has no token*");
        Refused(Absolute(Good() with { Ids = [5, 40] }), "training row 0: a token id is outside the vocabulary of 40*");
        Refused(Absolute(Good() with { Target = double.NaN }), "training row 0: the score must be from 0 to 1, was NaN*");
        Refused(Absolute(Good() with { Target = 1.2 }), "*was 1.2*");
        Refused(Absolute(Good() with { Weight = -1 }), "*weight*-1*");
        Refused(One(new OutcomeObjective(), Good() with { ReplyLength = 3 }), "*the reply has 3 of 2 tokens*");
        Refused(One(new PreferenceObjective(), new([[5]], [1])), "*at least two replies*has 1*");
        Refused(One(new ProcessObjective(), new([5, 6], [2], [1])), "*outside the 2 tokens*");
        Refused(One(new ProcessObjective(), new([5, 6], [1], [1, 0])), "*2 labels*1 positions*");
        using var model = RewardTask.Model(folder);
        FluentActions.Invoking(() => run.Trainer(model, new OutcomeObjective(), [], []))
            .Should().Throw<ReproException>().WithMessage("there are no rows*");
        FluentActions.Invoking(() => new AbsoluteObjective(new() { Kind = AbsoluteLossKind.Logistic, RangePenalty = 0.02 }))
            .Should().Throw<ReproException>().WithMessage("*range_penalty*");
    }

    [Fact]
    public void Rows_with_a_common_beginning_are_made_where_they_save_work()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = RewardTask.Model(folder);
        static ScoredTokens Text(params int[] ids) => ScoredTokens.Whole(ids);
        var shared = new ScoredBatch(
            [[Text(5, 6, 7, 8, 9), Text(5, 6, 7, 10), Text(5, 6, 7)]], new PaddingSettings(2, PaddingSide.Right, 8), model.Model,
            share: true);
        shared.Ids.data<long>().ToArray().Should().Equal(5, 6, 7, 8, 9, 10, 2, 2);
        shared.Positions!.narrow(1, 0, 6).contiguous().data<long>().ToArray().Should().Equal(0, 1, 2, 3, 4, 3);
        shared.Mask.shape.Should().Equal(1, 8, 8);
        shared.Mask[0, 5].data<bool>().ToArray().Should().Equal(true, true, true, false, false, true, false, false);
        shared.Mask[0, 4].data<bool>().ToArray().Should().Equal(true, true, true, true, true, false, false, false);
        var apart = new ScoredBatch([[Text(5, 6), Text(7, 6)]], new PaddingSettings(2), model.Model, share: false);
        apart.Ids.shape.Should().Equal(2, 2);
        apart.Positions.Should().BeNull();
        foreach (var batch in new[] { shared, apart })
        {
            batch.Counted.all().item<bool>().Should().BeTrue();
            batch.Counted.shape[1].Should().Be(1);
        }
    }

    /// <summary>Metrics and parameters after one step, in double precision; the update is a smooth function of the gradient.</summary>
    private static Dictionary<string, double[]> OneStep(string kind, int? microRows, bool checkpointing, bool share = true)
    {
        using var folder = new TemporaryFolder();
        var settings = RewardTask.Settings(8, microRows);
        settings = new RewardRun(
            settings.Settings with { SharePrompts = share }, settings.Optimizer with { Epsilon = 1, MaximumGradientNorm = null });
        using var trainer = RewardTask.Kinds[kind](RewardTask.Model(folder, null, ScalarType.Float64, checkpointing), settings);
        var report = trainer.Step(0, _free);
        var found = trainer.StateTensors().Where(pair => pair.Key.StartsWith("mean.", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key, pair => VectorComparison.Doubles(pair.Value));
        foreach (var (name, value) in report.Metrics)
        {
            found.Add($"metric {name}", [value]);
        }

        return found;
    }
}
