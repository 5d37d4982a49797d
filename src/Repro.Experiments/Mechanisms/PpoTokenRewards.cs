using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Randomness;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// The token rewards of PPO (CRS Sections 2.5 and 5.4): where the score stands and what the KL penalty of a token is. All checks run
/// <see cref="PpoTargets"/>, which <see cref="PpoTrainer"/> trains on.
/// </summary>
internal sealed class PpoTokenRewards : ISpecGroup
{
    private const double Coefficient = 0.02;
    private const int Vocabulary = 12;
    private const int MeasuredBatches = 10;

    private static readonly SamplerSettings Sampler = new() { MaxNewTokens = 6 };

    private static readonly PpoSettings Settings = new() { Sampler = Sampler, BatchSize = 1 };

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-M-score-last", ScoreLast), new("CRS-M-kl-estimator", Estimator)];

    /// <summary>Token rewards [batch, response].</summary>
    internal delegate Tensor Rewards(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient);

    private static Evidence ScoreLast(SpecContext context)
    {
        var evidence = new ExactCheck<Rewards>(541, Library, ScoreLastCase)
        {
            Wrong =
            [
                new("score on the first padding", (batch, scores, b) => Moved(batch, scores, b, length => length)),
                new("score on the last column", (batch, scores, b) => Moved(batch, scores, b, _ => int.MaxValue)),
                new("score on every token", (batch, scores, b) => Penalties(batch, b) + (Column(scores) * batch.Tokens.Mask)),
            ],
        }.Run(context, out var summary);
        var example = ExampleRewards(score: 1.5);
        var rewards = string.Join(", ", example.Select(r => Invariant($"{r + 0.0:0.####}")));
        return evidence
            .Value("example_rewards", rewards)
            .RequireWithin("the example by hand", example.Zip([-0.004, 0, 1.51, 0], (a, b) => Math.Abs(a - b)).Max(), 1e-12)
            .Explain(Invariant($"{summary}, batches of 3 responses of different lengths. Example: log-probabilities -1, -0.5, -2 under ")
                + Invariant($"the policy and -1.2, -0.5, -1.5 under the reference, b = {Coefficient} and a score of 1.5 give the rewards ")
                + $"{rewards}, the last one at padding.");
    }

    internal static void ScoreLastCase(Deviations found, Draws draws, Rewards rewards)
    {
        // The second response is the longest one, so that padding stands after the others.
        int[] lengths = [draws.Integer(1, 5), 7, draws.Integer(1, 6)];
        double[] scores = [.. lengths.Select(_ => 1 + Math.Abs(draws.Real(3)))];
        using var batch = Drawn(draws, lengths);
        var (given, b) = (Deviations.Values(rewards(batch, scores, Coefficient)), Coefficient);
        var (now, reference) = (Deviations.Values(batch.LogProbs), Deviations.Values(batch.ReferenceLogProbs));
        for (var cell = 0; cell < given.Length; cell++)
        {
            var (row, place) = Math.DivRem(cell, 7);
            var penalty = -b * (now[cell] - reference[cell]);
            var (name, expected) = (place - lengths[row]) switch
            {
                < -1 => ("a token before the last carries its KL penalty alone", penalty),
                -1 => ("the last token carries the score besides", penalty + scores[row]),
                _ => ("padding carries nothing", 0),
            };
            found.Note(name, given[cell], expected);
        }
    }

    private static Evidence Estimator(SpecContext context)
    {
        using var policies = TinyModels.Policies(Vocabulary, 543, 545);
        var measured = new Deviations();
        var evidence = new ExactCheck<Rewards>(542, Library, EstimatorCase)
        {
            Wrong =
            [
                new("sign reversed", (batch, scores, b) => Library(batch, scores, b) - (2 * Penalties(batch, b))),
                new("absolute log-ratio",
                    (batch, scores, b) => Library(batch, scores, b) - Penalties(batch, b) - Penalties(batch, b).abs()),
                new("no penalty", (batch, scores, b) => Library(batch, scores, b) - Penalties(batch, b)),
            ],
        }.Run(context, out var summary);
        var draws = new Draws(new Xoshiro256(543));
        for (var i = 0; i < MeasuredBatches; i++)
        {
            using var scope = NewDisposeScope();
            MeasuredCase(measured, draws, policies);
        }

        var example = ExampleRewards(score: 0);
        return measured.AddTo(evidence, IdentityCases.Tolerance)
            .Value("example_penalty_more_likely", example[0])
            .Value("example_penalty_less_likely", example[2])
            .Explain($"{summary}. On a tiny policy with an adapter: {measured.Summary(IdentityCases.Tolerance, MeasuredBatches)}. "
                + Invariant($"Example: at b = {Coefficient} a token that the policy gives -1 and the reference -1.2 is rewarded ")
                + Invariant($"{example[0]:0.####}; one that the policy gives -2 and the reference -1.5 {example[2]:0.####}, as the ")
                + "estimate of a single token may be negative.");
    }

    internal static void EstimatorCase(Deviations found, Draws draws, Rewards rewards)
    {
        int[] lengths = [draws.Integer(6, 9), draws.Integer(6, 9)];
        using var batch = Drawn(draws, lengths);
        double[] scores = [draws.Real(3), draws.Real(3)];
        var given = Deviations.Values(rewards(batch, scores, Coefficient));
        var unpenalised = Deviations.Values(Library(batch, scores, 0));
        var (now, reference) = (Deviations.Values(batch.LogProbs), Deviations.Values(batch.ReferenceLogProbs));
        var mask = Deviations.Values(batch.Tokens.Mask);
        for (var cell = 0; cell < given.Length; cell++)
        {
            if (mask[cell] == 1)
            {
                var expected = -Coefficient * (now[cell] - reference[cell]);
                found.Note("the penalty of a token is -b (logp - logref)", given[cell] - unpenalised[cell], expected);
            }
        }
    }

    // A batch measured as in training, against the logits of each response alone.
    private static void MeasuredCase(Deviations found, Draws draws, PolicyPair policies)
    {
        using var noGrad = no_grad();
        var rollouts = Enumerable.Range(0, 3).Select(row => new Rollout(
            new RolloutPrompt(draws.Tokens(1 + row, Vocabulary)), draws.Tokens(draws.Integer(1, 6), Vocabulary), true)).ToList();
        using var batch = RolloutMeasurement.Measure(policies, null, rollouts, Sampler);
        using var targets = PpoTargets.Compute(WithValues(batch), [0, 0, 0], Coefficient, Settings);
        var width = batch.Tokens.ResponseLength;
        var penalties = Deviations.Values(targets.Rewards);
        for (var row = 0; row < rollouts.Count; row++)
        {
            var (now, reference) = (LogProbs(policies, rollouts[row], "policy"), LogProbs(policies, rollouts[row], null));
            for (var t = 0; t < rollouts[row].Response.Count; t++)
            {
                var drawn = (int)rollouts[row].Response[t];
                found.Note("measured as in training, it is that of the whole logits",
                    penalties[(row * width) + t], -Coefficient * (now[t][drawn] - reference[t][drawn]));
                var (one, other) = (Scalars.From(now[t], Vocabulary), Scalars.From(reference[t], Vocabulary));
                var estimates = Deviations.Values(KlDivergence.Estimate(one, other, Settings.Kl.Penalty));
                var mean = estimates.Zip(now[t], (estimate, logProb) => Math.Exp(logProb) * estimate).Sum();
                found.Note("its mean under the policy is the KL divergence", mean, Scalars.Kl(now[t], reference[t]));
            }
        }
    }

    private static double[][] LogProbs(PolicyPair policies, Rollout rollout, string? adapter)
    {
        var model = policies.Policy.Language;
        using var use = model.Adapters.Use(adapter);
        long[] ids = [.. rollout.Prompt.Ids, .. rollout.Response];
        var all = tensor(ids, [1, ids.Length]);
        var logits = Deviations.Values(model.Logits(all, ones_like(all))).Chunk(Vocabulary).ToArray();
        return [.. logits.Skip(rollout.Prompt.Ids.Count - 1).Take(rollout.Response.Count).Select(Scalars.LogSoftmax)];
    }

    private static Tensor Library(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient)
    {
        using var targets = PpoTargets.Compute(batch, scores, coefficient, Settings);
        return targets.Rewards.clone();
    }

    private static Tensor Penalties(RolloutBatch batch, double coefficient) => (batch.LogProbs - batch.ReferenceLogProbs) * -coefficient;

    private static Tensor Moved(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient, Func<int, int> place)
    {
        var places = batch.Rollouts.Select(rollout => Math.Min(place(rollout.Response.Count), batch.Tokens.ResponseLength - 1)).ToArray();
        return Penalties(batch, coefficient).scatter_add(1, tensor(places, [places.Length, 1]), Column(scores));
    }

    private static Tensor Column(IReadOnlyList<double> scores) => Scalars.From([.. scores], scores.Count, 1);

    private static double[] ExampleRewards(double score)
    {
        using var scope = NewDisposeScope();
        using var batch = Batch([3, 4], [-1, -0.5, -2, 0, -1, -1, -1, -1], [-1.2, -0.5, -1.5, 0, -1, -1, -1, -1]);
        return Deviations.Values(Library(batch, [score, 0], Coefficient))[..4];
    }

    private static RolloutBatch Drawn(Draws draws, int[] lengths)
    {
        var width = lengths.Max();
        var inside = lengths.SelectMany(length => Enumerable.Range(0, width).Select(t => t < length ? 1.0 : 0)).ToArray();
        double[] Numbers() => [.. draws.LogProbs(inside.Length, 4).Zip(inside, (p, real) => p * real)];
        return Batch(lengths, Numbers(), Numbers());
    }

    // Responses of given lengths; log-probabilities [batch, response], 0 at padding, as the measurement has them.
    private static RolloutBatch Batch(int[] lengths, double[] now, double[] reference)
    {
        var prompt = new RolloutPrompt([1]);
        var rollouts = lengths.Select(length => new Rollout(prompt, [.. Enumerable.Repeat(2L, length)], true)).ToList();
        Tensor Shaped(double[] values) => Scalars.From(values, lengths.Length, lengths.Max());
        return new RolloutBatch
        {
            Rollouts = rollouts,
            Tokens = RolloutTokens.Collate(rollouts, 0),
            LogProbs = Shaped(now),
            ReferenceLogProbs = Shaped(reference),
            Entropies = Shaped(new double[now.Length]),
            Values = Shaped(new double[now.Length]),
        };
    }

    private static RolloutBatch WithValues(RolloutBatch batch) => new()
    {
        Rollouts = batch.Rollouts,
        Tokens = batch.Tokens,
        LogProbs = batch.LogProbs,
        ReferenceLogProbs = batch.ReferenceLogProbs,
        Entropies = batch.Entropies,
        Values = zeros_like(batch.LogProbs),
    };
}
