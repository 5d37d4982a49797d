using Repro.Core.Batching;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What the thesis says of its rewards: where the losses of the absolute model are smallest, scores of paraphrases, logits in place of
/// probabilities, the combination of both models.
/// </summary>
internal sealed class RewardFormulas : ISpecGroup
{
    private static readonly string[] Weights = ["w1", "w2", "w3", "w4", "w5"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-M-bce-mean", Minimum),
        new("CRS-M-penalty", Penalty),
        new("CRS-A1-bounds", Paraphrases),
        new("CRS-S5.4-logit-order", LogitOrder),
        new("CRS-S5.4-crs-formula", Combination),
    ];

    /// <summary>The loss of outputs of an absolute reward model, [rows], against labels, [rows].</summary>
    internal delegate Tensor AbsoluteLoss(Tensor outputs, Tensor labels);

    private static Evidence Minimum(SpecContext context)
    {
        var evidence = new ExactCheck<AbsoluteLoss>(301, CrossEntropy, MinimumCase)
        {
            Wrong =
            [
                new("labels rounded to 0 and 1", (outputs, labels) => CrossEntropy(outputs, labels.round())),
                new("the positive part counted twice", TwicePositive),
            ],
        }.Run(context, out var summary);
        var (entropy, squared) = (Slope(CrossEntropy, -6, 0.9), Slope(SquaredError, -6, 0.9));
        return evidence
            .Value("example_slope_cross_entropy", entropy)
            .Value("example_slope_squared_error", squared)
            .Explain(Invariant($"{summary}, labels from 0.02 to 0.98 and both ends. Far out the slopes differ. Example: an output of -6 ")
                + Invariant($"for the label 0.9 has the slope {entropy:F4} in the cross entropy and {squared:F4} in the squared error, ")
                + "which hardly moves it.");
    }

    internal static void MinimumCase(Deviations found, Draws draws, AbsoluteLoss loss)
    {
        var label = 0.5 + draws.Real(0.48);
        var (at, away) = (Logit.Compute(label), 0.5 + draws.Real(0.4));
        found.Note("at the prediction that is the label the slope is 0", Slope(loss, at, label), 0);
        found.Exactly("below it the loss falls, above it rises", Slope(loss, at - away, label) < 0 && Slope(loss, at + away, label) > 0);
        var difference = Scalars.Sigmoid(at + away) - label;
        found.Note("the slope of the cross entropy is prediction less label", Slope(loss, at + away, label), difference);
        found.Note("the squared error of the sigmoid has its minimum there too", Slope(SquaredError, at, label), 0);
        var falls = Slope(SquaredError, at - away, label) < 0 && Slope(SquaredError, at + away, label) > 0;
        found.Exactly("and falls and rises as well", falls);
        found.Exactly("at the labels 0 and 1 the loss falls towards them without end",
            Slope(loss, draws.Real(8), 1) < 0 && Slope(loss, draws.Real(8), 0) > 0);
    }

    private static Tensor CrossEntropy(Tensor outputs, Tensor labels) => AbsoluteRewardLoss.BinaryCrossEntropy(outputs, labels);

    private static Tensor SquaredError(Tensor outputs, Tensor labels) => AbsoluteRewardLoss.SigmoidMeanSquared(outputs, labels);

    private static Tensor TwicePositive(Tensor outputs, Tensor labels) =>
        AbsoluteRewardLoss.BinaryCrossEntropy(outputs, labels, positiveWeights: outputs.detach().ones_like() * 2);

    // The derivative of the loss of one output by that output.
    private static double Slope(AbsoluteLoss loss, double output, double label)
    {
        using var scope = NewDisposeScope();
        var outputs = Scalars.From([output], 1).requires_grad_();
        loss(outputs, Scalars.From([label], 1)).backward();
        return outputs.grad!.ToDouble();
    }

    private static Evidence Penalty(SpecContext context)
    {
        var price = ReleasedValues.Setting(context, "rm_code", "out_of_range_penalty").Number();
        AbsoluteLoss library = (outputs, labels) => AbsoluteRewardLoss.MeanSquared(outputs, labels, rangePenalty: price);
        var evidence = new ExactCheck<AbsoluteLoss>(302, library, (found, draws, loss) => PenaltyCase(found, draws, loss, price))
        {
            Wrong =
            [
                new("a price on the squared overshoot", (outputs, labels) => SquaredOvershoot(outputs, labels, price)),
                new("no price", (outputs, labels) => AbsoluteRewardLoss.MeanSquared(outputs, labels)),
            ],
        }.Run(context, out var summary);
        return evidence
            .Value("price", price)
            .Value("example_optimum_of_1.05", 1.05 - (price / 2))
            .Value("example_slope_there", Math.Round(Slope(library, 1.05 - (price / 2), 1.05), 9))
            .Explain(Invariant($"{summary}. Beyond 0 and 1 the price adds the constant slope {price}, the squared error the slope 2d at ")
                + Invariant($"the distance d, so that the best output moves by {price / 2} only. Example: what the features push to 1.05 ")
                + Invariant($"goes to {1.05 - (price / 2):F2}."));
    }

    internal static void PenaltyCase(Deviations found, Draws draws, AbsoluteLoss loss, double price)
    {
        var outside = 0.5 + draws.Real(0.48);
        found.Note("an output pushed above 1 has its minimum half the price below", Slope(loss, 1 + outside - (price / 2), 1 + outside), 0);
        found.Note("one pushed below 0 has it half the price above", Slope(loss, (price / 2) - outside, -outside), 0);
        found.Exactly("both stay outside of 0 to 1", outside > price / 2);
        var inside = 0.5 + draws.Real(0.5);
        found.Note("inside nothing changes", Slope(loss, inside, inside), 0);
        var pushed = 1 + (price / 4 * (1 + draws.Real(0.9)));
        found.Exactly("only what lies less than half the price outside is held at 1",
            Slope(loss, 1 - 1e-6, pushed) < 0 && Slope(loss, 1 + 1e-6, pushed) > 0);
    }

    private static Tensor SquaredOvershoot(Tensor outputs, Tensor labels, double price)
    {
        var overshoot = (-outputs).clamp(min: 0) + (outputs - 1).clamp(min: 0);
        return ((outputs - labels).square() + (overshoot.square() * price)).mean();
    }

    /// <summary>The score of a paraphrase from that of the original and the similarity of both texts.</summary>
    internal delegate double ScoreOfParaphrase(double original, double similarity, bool sameLanguage);

    private static Evidence Paraphrases(SpecContext context)
    {
        var strength = ReleasedValues.Setting(context, "augment_code", "adjustment_factor").Number();
        var otherLanguage = ReleasedValues.Setting(context, "augment_code", "language_mismatch_similarity").Number();
        var score = new ParaphraseScore(strength, otherLanguage);
        var check = new ExactCheck<ScoreOfParaphrase>(303, score.Adjust, (found, draws, adjust) =>
            ParaphraseCase(found, draws, adjust, strength));
        var evidence = (check with
        {
            Wrong =
            [
                new("similarity not brought to 0 to 1", (original, s, _) => Math.Clamp(original - ((1 - s) * strength), 0, 1)),
                new("not kept at 0", (original, s, _) => original - ((1 - ((s + 1) / 2)) * strength)),
            ],
        }).Run(context, out var summary);
        var (alike, opposite, other) = (score.Adjust(0.9, 1, true), score.Adjust(0.9, -1, true), score.Adjust(0.9, 1, false));
        return evidence
            .Value("strength", strength)
            .Value("example_alike", alike)
            .Value("example_opposite", opposite)
            .Value("example_other_language", other)
            .Explain(Invariant($"{summary}, similarities from -1 to 1 with both ends. Example: an original of 0.9 keeps {alike:F1} where ")
                + Invariant($"the paraphrase is alike, has {opposite:F1} where it is the opposite, and {other:F1} in another language, ")
                + "whatever the similarity.");
    }

    internal static void ParaphraseCase(Deviations found, Draws draws, ScoreOfParaphrase adjust, double strength)
    {
        (double Original, double Similarity)[] pairs =
        [
            (1, 1), (1, -1), (0, -1), (0, 1), .. Enumerable.Range(0, 8).Select(_ => (0.5 + draws.Real(0.5), draws.Real(1))),
        ];
        foreach (var (original, similarity) in pairs)
        {
            var adjusted = adjust(original, similarity, true);
            found.Exactly("never above the original", adjusted <= original);
            found.Exactly("lower by at most the strength", original - adjusted <= strength + IdentityCases.Tolerance);
            found.Exactly("never below 0", adjusted >= 0);
            var less = Math.Max(-1, similarity - 0.1);
            found.Exactly("the less alike, the lower", adjust(original, less, true) <= adjusted);
        }

        found.Note("the whole strength is taken off where the texts are opposite", adjust(1, -1, true), 1 - strength);
        found.Note("nothing is taken off where they are alike", adjust(pairs[^1].Original, 1, true), pairs[^1].Original);
    }

    /// <summary>The reward of each output of a reward model.</summary>
    internal delegate IReadOnlyList<double> RewardOfOutputs(double[] outputs);

    private static Evidence LogitOrder(SpecContext context)
    {
        var evidence = new ExactCheck<RewardOfOutputs>(304, Logits, LogitOrderCase)
        {
            Wrong =
            [
                new("the size of the logit", outputs => [.. Logits(outputs).Select(Math.Abs)]),
                new("p (1 - p)", outputs => [.. Bounded(outputs).Select(p => p * (1 - p))]),
            ],
        }.Run(context, out var summary);
        var printed = new[] { "CRS-S5.4-logit3", "CRS-S5.4-logit4" }.Select(id => context.Printed(id, "probability").AsInput()).ToArray();
        var logits = printed.Select(Logit.Compute).ToArray();
        return evidence
            .Value("example_difference_probability", printed[0] - printed[1])
            .Value("example_difference_logit", logits[0] - logits[1])
            .Explain(Invariant($"{summary}, 8 responses each with logits from -8 to 8. Example: responses 3 and 4 of Table 27 with ")
                + Invariant($"{printed[0]} and {printed[1]} are {printed[0] - printed[1]:F4} apart as probabilities and ")
                + Invariant($"{logits[0] - logits[1]:F4} as logits, in the same order. The order of one model's scores stays; mixed with ")
                + "those of another model the two forms can order differently.");
    }

    internal static void LogitOrderCase(Deviations found, Draws draws, RewardOfOutputs reward)
    {
        double[] outputs = [4 + draws.Real(4), -4 + draws.Real(4), .. draws.Reals(6, 8)];
        var (logits, probabilities) = (reward(outputs), Bounded(outputs));
        int[] Order(IReadOnlyList<double> scores) => [.. Enumerable.Range(0, scores.Count).OrderBy(i => scores[i])];
        found.Exactly("logits and probabilities order the responses alike", Order(logits).SequenceEqual(Order(probabilities)));
        found.Note("each probability has its logit", [.. probabilities.Select(p => Math.Log(p / (1 - p)))], [.. logits]);
        var pairs = from i in Enumerable.Range(0, outputs.Length) from j in Enumerable.Range(0, i) select (i, j);
        found.Exactly("every difference is at least four times as large in logits", pairs.All(pair =>
            Math.Abs(logits[pair.i] - logits[pair.j]) >= 4 * Math.Abs(probabilities[pair.i] - probabilities[pair.j])));
    }

    private static IReadOnlyList<double> Logits(double[] outputs) => Scored(outputs, bounded: false);

    private static IReadOnlyList<double> Bounded(double[] outputs) => Scored(outputs, bounded: true);

    private static IReadOnlyList<double> Scored(double[] outputs, bool bounded)
    {
        var reward = new ModelReward(new OutputTable(outputs), RewardInput.AsSampled, bounded);
        return reward.Score(Responses(outputs.Length), CancellationToken.None).Total;
    }

    // Each response is its own number.
    private static List<Rollout> Responses(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Rollout(new RolloutPrompt([0]), [i], true))];

    /// <summary>A reward model that gives the output at the index which the last token names.</summary>
    private sealed class OutputTable(double[] outputs) : IRewardModel
    {
        public Tensor Score(Tensor ids, Tensor mask) => Scalars.From(outputs, outputs.Length).index_select(0, ids.select(1, -1));

        public Tensor ScoreTokens(Tensor ids, Tensor mask) => throw new NotSupportedException("Only whole responses are scored here.");
    }

    /// <summary>The combined rewards of responses.</summary>
    internal delegate IReadOnlyList<double> CombinedScores(double[] preference, double[] absolute, double weight);

    private static Evidence Combination(SpecContext context)
    {
        var weights = Weights.Select(name => context.Printed("CRS-S5.4-weights-normalised", name).AsInput()).ToArray();
        var fallback = context.Table("crs/released-rl-code")["reward at weight zero", "value"].AsInput();
        var check = new ExactCheck<CombinedScores>(305, Combined, (found, draws, combined) =>
            CombinationCase(found, draws, combined, weights));
        var evidence = (check with
        {
            Wrong =
            [
                new("released function, which takes a weight of 0 for 0.5", (p, a, w) => Combined(p, a, w == 0 ? fallback : w)),
                new("probabilities mixed, not logits", (p, a, w) => Combined([.. Bounded(p)], [.. Bounded(a)], w)),
            ],
        }).Run(context, out var summary);
        var (mixed, zero) = (Combined([2], [0.5], weights[0])[0], Combined([2], [0.5], fallback)[0]);
        return evidence
            .Sample("weights", weights.Length)
            .Value("released_weight_of_0", fallback)
            .Value("example_mixed", mixed)
            .Value("example_weight_0", Combined([2], [0.5], 0)[0])
            .Value("example_weight_0_as_released", zero)
            .Reserve("weight of 0", Invariant($"the released function takes it for {fallback}: it cannot give the absolute reward alone"))
            .Explain(Invariant($"{summary}, weights 0, 1, a random one and the {weights.Length} printed ones. Example: the preference ")
                + Invariant($"score 2 and the absolute score 0.5 make {mixed} at the weight {weights[0]} and 0.5 at the weight 0, where ")
                + Invariant($"the released function gives {zero}."));
    }

    internal static void CombinationCase(Deviations found, Draws draws, CombinedScores combined, double[] weights)
    {
        var (preference, absolute) = (draws.Reals(4, 5), draws.Reals(4, 5));
        foreach (var weight in weights.Append(0.5 + draws.Real(0.49)))
        {
            double[] expected = [.. preference.Zip(absolute, (p, a) => (weight * p) + ((1 - weight) * a))];
            found.Note("w times preference plus 1 - w times absolute score", [.. combined(preference, absolute, weight)], expected);
        }

        found.Exactly("a weight of 0 is the absolute score alone", combined(preference, absolute, 0).SequenceEqual(absolute));
        found.Exactly("a weight of 1 is the preference score alone", combined(preference, absolute, 1).SequenceEqual(preference));
    }

    private static IReadOnlyList<double> Combined(double[] preference, double[] absolute, double weight)
    {
        RuleReward Table(double[] scores) => new(rollout => scores[rollout.Response[0]]);
        var reward = new CombinedReward(Table(preference), Table(absolute), weight);
        return reward.Score(Responses(preference.Length), CancellationToken.None).Total;
    }
}
