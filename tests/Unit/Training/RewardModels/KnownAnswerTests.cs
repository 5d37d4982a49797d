using Repro.Core.Data;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.RewardModels;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.RewardModels;

/// <summary>Problems whose best solution is known without training.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class KnownAnswerTests
{
    private const int Items = 6;
    private static readonly CancellationToken _free = CancellationToken.None;

    /// <summary>
    /// Rankings of enumerable texts, drawn by Plackett and Luce from planted scores. The loss sees pairs alone, so its minimum over all
    /// tables of scores is the maximum likelihood of Bradley and Terry's model, which the classical fixed-point iteration finds by itself.
    /// The tolerance is a tenth of the distance between neighbouring planted scores.
    /// </summary>
    [Fact]
    public void The_preference_model_finds_the_scores_of_maximum_likelihood()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var random = new Random(17);
        var planted = Enumerable.Range(0, Items).Select(item => item / 2.0).ToArray();
        var groups = Enumerable.Range(0, 160).Select(_ => Ranking(random, planted, 2 + random.Next(3))).ToList();
        var rows = groups.Select(group => new RankedExample([.. group.Select(ItemText)], [.. group.Select(_ => 1)])).ToList();

        var run = RewardTask.Settings(rows.Count, rate: 5e-3);
        using var trainer = run.Trainer(RewardTask.Model(folder), new PreferenceObjective(), rows, rows);
        double norm = 1;
        for (var step = 0; step < 1500 && norm > 1e-3; step++)
        {
            norm = trainer.Step(step, _free).Metrics["gradient_norm"];
        }

        var found = Table(trainer);
        var wanted = BradleyTerry(groups);
        for (var item = 1; item < Items; item++)
        {
            (found[item] - found[0]).Should().BeApproximately(wanted[item] - wanted[0], 0.05, Invariant($"item {item}"));
        }

        // What was planted lies within the error of so many rankings; the order of all items does not.
        Correlation.Pearson(found, planted).Should().BeGreaterThan(0.97);
    }

    /// <summary>
    /// Noisy labels of enumerable texts. Squared error of the raw output, of the sigmoid, and cross entropy all have their minimum where
    /// the prediction for a text is the weighted mean of its labels.
    /// </summary>
    [Theory]
    [InlineData(AbsoluteLossKind.MeanSquared, 0.0, false)]
    [InlineData(AbsoluteLossKind.MeanSquared, 0.02, true)]
    [InlineData(AbsoluteLossKind.SigmoidMeanSquared, 0.0, false)]
    [InlineData(AbsoluteLossKind.SigmoidMeanSquared, 0.0, true)]
    [InlineData(AbsoluteLossKind.Logistic, 0.0, false)]
    [InlineData(AbsoluteLossKind.Logistic, 0.0, true)]
    public void The_absolute_model_finds_the_weighted_mean_of_the_labels(AbsoluteLossKind kind, double penalty, bool weighted)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var random = new Random(18);
        var rows = Enumerable.Range(0, 90).Select(row =>
        {
            var target = Math.Clamp(0.2 + (row % Items * 0.12) + ((random.NextDouble() - 0.5) * 0.4), 0, 1);
            return new RatedExample(ItemText(row % Items), target, 1) { Weight = weighted && target <= 0.4 ? 2.5 : 1 };
        }).ToList();
        var objective = new AbsoluteObjective(new() { Kind = kind, RangePenalty = penalty });
        using var trainer = RewardTask.Settings(rows.Count, rate: 5e-3).Trainer(RewardTask.Model(folder), objective, rows, rows);
        double norm = 1;
        for (var step = 0; step < 1500 && norm > 3e-4; step++)
        {
            norm = trainer.Step(step, _free).Metrics["gradient_norm"];
        }

        var found = Table(trainer).Select(objective.Prediction).ToArray();
        for (var item = 0; item < Items; item++)
        {
            var own = rows.Where((_, row) => row % Items == item).ToList();
            found[item].Should().BeApproximately(
                own.Sum(row => row.Weight * row.Target) / own.Sum(row => row.Weight), 0.02, Invariant($"item {item}"));
        }
    }

    /// <summary>
    /// A planted score that is linear in the counts of tokens, on texts that were not in the training data. Rankings are drawn by Plackett
    /// and Luce, so that the best model's differences of scores are the planted ones: slope 1. The absolute labels have no noise.
    /// </summary>
    [Fact]
    public void Both_models_generalise_a_score_that_is_linear_in_token_counts()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var random = new Random(19);
        int[] Text() => [.. Enumerable.Range(0, 6).Select(_ => 3 + random.Next(8)), 1];
        double Planted(int[] text) => text.SkipLast(1).Sum(id => (id - 6.5) / 3);
        RankedExample Ranked()
        {
            var texts = Enumerable.Range(0, 4).Select(_ => Text())
                .OrderByDescending(text => Planted(text) - Math.Log(-Math.Log(random.NextDouble()))).ToList();
            return new RankedExample(texts, [.. texts.Select(text => text.Length)]);
        }

        var held = Enumerable.Range(0, 100).Select(_ => Ranked()).ToList();
        using var preference = RewardTask.Settings(32, rate: 5e-3).Trainer(
            RewardTask.Model(folder), new PreferenceObjective(), [.. Enumerable.Range(0, 1200).Select(_ => Ranked())], held);
        Run(preference, 400);
        var figures = preference.Evaluate(_free);
        // The planted scores themselves order no more pairs than the noise leaves to them.
        var best = PairAccuracy.Compute(held.Select(group => group.Texts.Select(Planted).ToArray())).Accuracy;
        figures["accuracy"].Should().BeInRange(best - 0.05, best + 0.05);
        figures["accuracy/lower"].Should().BeGreaterThan(figures["baseline/longer"]);
        figures["baseline/longer"].Should().Be(0.5, "all replies are equally long");
        double[] scores = [.. preference.Scores(held, _free).SelectMany(group => group)];
        double[] planted = [.. held.SelectMany(group => group.Texts.Select(Planted))];
        var correlation = Correlation.Pearson(scores, planted);
        correlation.Should().BeGreaterThan(0.95);
        (correlation * Descriptive.StandardDeviation(scores, 1) / Descriptive.StandardDeviation(planted, 1)).Should().BeInRange(0.8, 1.2);

        RatedExample Rated()
        {
            var text = Text();
            return new RatedExample(text, Math.Clamp(0.5 + (Planted(text) / 12), 0, 1), text.Length);
        }

        using var absolute = RewardTask.Settings(64, rate: 5e-3).Trainer(
            RewardTask.Model(folder),
            new AbsoluteObjective(new() { Kind = AbsoluteLossKind.Logistic }, new ScoreRanges { Low = 0.4, High = 0.9 }),
            [.. Enumerable.Range(0, 800).Select(_ => Rated())],
            [.. Enumerable.Range(0, 200).Select(_ => Rated())]);
        Run(absolute, 400);
        figures = absolute.Evaluate(_free);
        figures["correlation"].Should().BeGreaterThan(0.95);
        figures["mse"].Should().BeLessThan(figures["baseline/mean/mse"] * 0.15);
        figures["range_accuracy/lower"].Should().BeGreaterThan(figures["baseline/majority/range_accuracy"]);
    }

    /// <summary>Steps of two tokens and an end token; a step is wrong where both tokens are the same. The wrong step is found in its
    /// place.</summary>
    [Fact]
    public void The_process_model_finds_the_planted_wrong_step()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var random = new Random(20);
        SteppedExample Solution()
        {
            var count = 3 + random.Next(3);
            var wrong = random.Next(2) == 0 ? random.Next(count) : -1;
            var ids = Enumerable.Range(0, count).SelectMany(step =>
            {
                var first = 3 + random.Next(3);
                return new[] { first, step == wrong ? first : 3 + ((first - 3 + 1 + random.Next(2)) % 3), 6 };
            }).ToArray();
            return new SteppedExample(
                ids, [.. Enumerable.Range(0, count).Select(step => (3 * step) + 2)],
                [.. Enumerable.Range(0, count).Select(step => step == wrong ? 0.0 : 1)]);
        }

        var training = Enumerable.Range(0, 1000).Select(_ => Solution()).ToList();
        var held = Enumerable.Range(0, 300).Select(_ => Solution()).ToList();
        using var process = RewardTask.Settings(32, rate: 5e-3).Trainer(RewardTask.Model(folder), new ProcessObjective(), training, held);
        Run(process, 600);
        var figures = process.Evaluate(_free);
        figures["accuracy/lower"].Should().BeGreaterThan(0.95).And.BeGreaterThan(figures["baseline/majority"]);
        figures["first_wrong_step/accuracy"].Should().BeGreaterThan(0.9);
    }

    /// <summary>
    /// Replies of four tokens, each wrong with probability 0.2; a reply is right where none is. The best that can be said after k right
    /// tokens is the share of the training replies with such a beginning that end right (about 0.8^(4 - k)), after a wrong token never. The
    /// tolerance is a quarter of the smallest distance between two neighbouring shares, 0.8^2 - 0.8^3.
    /// </summary>
    [Theory]
    [InlineData(OutcomeSupervision.EveryToken)]
    [InlineData(OutcomeSupervision.LastToken)]
    public void The_outcome_model_knows_the_end_and_foresees_it_where_it_learns_to(OutcomeSupervision supervision)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var random = new Random(21);
        RatedExample Reply()
        {
            var reply = Enumerable.Range(0, 4).Select(_ => random.NextDouble() < 0.8 ? 3 + random.Next(3) : 6 + random.Next(3)).ToArray();
            return new RatedExample([1, .. reply], reply.All(id => id < 6) ? 1 : 0, 4);
        }

        var training = Enumerable.Range(0, 1000).Select(_ => Reply()).ToList();
        var run = RewardTask.Settings(64, rate: 5e-3, epochs: 20) with { Schedule = new ScheduleSettings { Kind = ScheduleShape.Linear } };
        using var trainer = run.Trainer(
            RewardTask.Model(folder), new OutcomeObjective(supervision), training, [.. Enumerable.Range(0, 200).Select(_ => Reply())]);
        Run(trainer, (int)trainer.TotalSteps);
        var figures = trainer.Evaluate(_free);
        figures["accuracy/lower"].Should().BeGreaterThan(0.95).And.BeGreaterThan(figures["baseline/majority"]);
        if (supervision == OutcomeSupervision.EveryToken)
        {
            // Over all right replies: which of the right tokens stand in them says nothing.
            var right = cartesian_prod([arange(3, 6), arange(3, 6), arange(3, 6), arange(3, 6)]).to(ScalarType.Int64);
            var ids = cat([ones_like(right).narrow(1, 0, 1), right], 1);
            var found = trainer.Model.ScoreTokens(ids, ones_like(ids)).sigmoid().mean([0L]).data<float>().ToArray();
            for (var known = 1; known <= 4; known++)
            {
                var begun = training.Where(reply => reply.Ids[1..(known + 1)].All(id => id < 6)).ToList();
                ((double)found[known])
                    .Should().BeApproximately(begun.Average(reply => reply.Target), 0.03, Invariant($"after {known} right tokens"));
            }

            var wrong = tensor(new long[,] { { 1, 4, 7, 3, 3 } });
            trainer.Model.ScoreTokens(wrong, ones_like(wrong)).sigmoid().data<float>().ToArray()[2..]
                .Should().OnlyContain(probability => probability < 0.05f);
        }
    }

    private static void Run(ITrainer trainer, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            trainer.Step(step, _free);
        }
    }

    private static int[] ItemText(int item) => [7, 10 + item];

    private static double[] Table<T>(RewardModelTrainer<T> trainer)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(Enumerable.Range(0, Items).SelectMany(ItemText).Select(id => (long)id).ToArray(), [Items, 2]);
        return [.. trainer.Model.Score(ids, ones_like(ids)).data<float>().ToArray().Select(score => (double)score)];
    }

    private static List<int> Ranking(Random random, double[] planted, int count) =>
        [
            .. Enumerable.Range(0, Items).OrderBy(_ => random.Next()).Take(count).ToList()
                .OrderByDescending(item => planted[item] - Math.Log(-Math.Log(random.NextDouble()))),
        ];

    /// <summary>Minorisation-maximisation for strengths p: p_i = wins_i / sum_j weight_ij / (p_i + p_j); every group weighs the same, as in
    /// the loss.</summary>
    private static double[] BradleyTerry(List<List<int>> groups)
    {
        var beaten = new double[Items, Items];
        foreach (var group in groups)
        {
            for (var better = 0; better < group.Count; better++)
            {
                for (var worse = better + 1; worse < group.Count; worse++)
                {
                    beaten[group[better], group[worse]] += 2.0 / (group.Count * (group.Count - 1));
                }
            }
        }

        var strengths = Enumerable.Repeat(1.0, Items).ToArray();
        for (var round = 0; round < 5000; round++)
        {
            strengths = [.. Enumerable.Range(0, Items).Select(i =>
                Enumerable.Range(0, Items).Sum(j => beaten[i, j])
                / Enumerable.Range(0, Items).Where(j => j != i).Sum(j => (beaten[i, j] + beaten[j, i]) / (strengths[i] + strengths[j])))];
        }

        return [.. strengths.Select(strength => Math.Log(strength))];
    }
}
