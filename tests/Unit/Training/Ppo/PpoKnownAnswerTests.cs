using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>Problems whose optimum is known.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PpoKnownAnswerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_bandit_ends_at_its_best_arm(long seed)
    {
        double[] arms = [0.1, -0.4, 0.5, 0.9, 0.3, 0.7];
        // Every weight is trained: with the output layer frozen its rows would bound how sure the policy can become.
        using var policy = LanguageModel.Create(TinyPolicies.Config(arms.Length), seed);
        using var reference = LanguageModel.Create(TinyPolicies.Config(arms.Length), seed);
        var policies = TinyPolicies.TwoModels(policy, reference);
        var prompt = new RolloutPrompt([0]);
        var settings = new PpoSettings
        {
            Sampler = new SamplerSettings { MaxNewTokens = 1, StopTokens = [] },
            BatchSize = 32,
            Epochs = 60,
            Kl = new KlSettings { Coefficient = 0, Adaptive = false },
        };
        using var trainer = new PpoTrainer(
            policies, [.. Enumerable.Repeat(prompt, settings.BatchSize)], new RuleReward(rollout => arms[rollout.Response[0]]), settings,
            PpoRuns.Adam(0.01), new RandomStreams(seed));
        for (var step = 0L; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
            if (step % 20 == 0)
            {
                var best = PpoRuns.Probabilities(policies, prompt, [[3L]], settings.Sampler)[0];
                output.WriteLine(Invariant($"seed {seed}, step {step}: probability of the best arm {best:F4}"));
            }
        }

        // Below this a batch of 32 responses is more likely than not to hold another arm, from which there would be something left to
        // learn.
        var enough = Math.Pow(0.5, 1.0 / settings.BatchSize);
        PpoRuns.Probabilities(policies, prompt, [[3L]], settings.Sampler)[0].Should().BeGreaterThan(enough);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void With_a_penalty_the_policy_approaches_the_gibbs_policy(long seed)
    {
        const int Vocabulary = 5;
        const double Beta = 0.5;
        var random = new Random(31);
        var rewards = Enumerable.Range(0, Vocabulary * Vocabulary).Select(_ => (2 * random.NextDouble()) - 1).ToArray();
        long[][] responses = [.. Enumerable.Range(0, rewards.Length).Select(i => new long[] { i / Vocabulary, i % Vocabulary })];
        var config = TinyPolicies.Config(Vocabulary, 32);
        using var policy = LanguageModel.Create(config, seed);
        using var reference = LanguageModel.Create(config, seed);
        var policies = TinyPolicies.TwoModels(policy, reference);
        // Two tokens: after a single one that is then repeated, attention would see the same value twice, and could not tell the second
        // position from the first.
        var prompt = new RolloutPrompt([0, 1]);
        var settings = new PpoSettings
        {
            Sampler = new SamplerSettings { MaxNewTokens = 2, StopTokens = [] },
            BatchSize = 256,
            PpoEpochs = 2,
            Epochs = 125,
            Lambda = 1,
            ValueClip = 10,
            ValueCoefficient = 0.5,
            WhitenAdvantages = false,
            Kl = new KlSettings { Coefficient = Beta, Adaptive = false },
        };
        var before = PpoRuns.Probabilities(policies, prompt, responses, settings.Sampler, reference: true);
        before.Sum().Should().BeApproximately(1, 1e-5);
        var weights = before.Zip(rewards, (p, r) => p * Math.Exp(r / Beta)).ToArray();
        var gibbs = weights.Select(weight => weight / weights.Sum()).ToArray();
        using var trainer = new PpoTrainer(
            policies,
            [.. Enumerable.Repeat(prompt, settings.BatchSize)],
            new RuleReward(rollout => rewards[(rollout.Response[0] * Vocabulary) + rollout.Response[1]]),
            settings,
            PpoRuns.Adam(0.003),
            new RandomStreams(seed),
            new PpoTrainerParts { Schedule = new ScheduleSettings { Kind = ScheduleShape.Linear } });
        var distances = new List<double>();
        for (var step = 0L; step <= trainer.TotalSteps; step++)
        {
            if (step % 25 == 0)
            {
                var now = PpoRuns.Probabilities(policies, prompt, responses, settings.Sampler);
                distances.Add(0.5 * now.Zip(gibbs, (p, q) => Math.Abs(p - q)).Sum());
                var lost = Lost(now, gibbs, before, rewards, Beta);
                output.WriteLine(Invariant($"seed {seed}, step {step}: total variation {distances[^1]:F4}, lost objective {lost:F4}"));
            }

            if (step < trainer.TotalSteps)
            {
                trainer.Step(step, CancellationToken.None);
            }
        }

        // The responses of one step are distributed about their own source with an expected total variation of at most this (each frequency
        // has the variance p (1 - p) / n, and by Jensen and Cauchy-Schwarz the half sum of deviations is at most half sqrt((k - 1) / n)):
        // closer than that no single step could tell the policy from the Gibbs policy.
        var bound = 0.5 * Math.Sqrt((rewards.Length - 1.0) / settings.BatchSize);
        distances[0].Should().BeGreaterThan(2 * bound, "the comparison must be able to fail");
        distances[^1].Should().BeLessThan(bound);
    }

    // What KL-regularised reward falls short of its optimum; equal to beta * KL(policy || Gibbs), and checked to be.
    private static double Lost(double[] policy, double[] gibbs, double[] reference, double[] rewards, double beta)
    {
        double Objective(double[] p) => p.Select((x, i) => x * (rewards[i] - (beta * Math.Log(x / reference[i])))).Sum();
        var lost = Objective(gibbs) - Objective(policy);
        lost.Should().BeApproximately(beta * policy.Zip(gibbs, (p, q) => p * Math.Log(p / q)).Sum(), 1e-4);
        return lost;
    }
}
