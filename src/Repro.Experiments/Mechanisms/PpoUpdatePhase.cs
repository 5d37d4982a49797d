using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What settings do in the updates of PPO (CRS Section 5.4): the target KL of early stopping, and the dropout of the adapter. Each case
/// trains a tiny policy for a step with <see cref="PpoTrainer"/> and compares all that the step changed, bit by bit.
/// </summary>
internal sealed class PpoUpdatePhase : ISpecGroup
{
    private const int Vocabulary = 8;
    private const double ReleasedDropout = 0.05;
    private const double StrongDropout = 0.5;
    private const double OtherTarget = 1e-3;
    private const int Passes = 4;
    private const int Steps = 10;

    private static readonly PpoSettings Settings = new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = 3 },
        BatchSize = 6,
        PpoEpochs = Passes,
    };

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-S5.4-target-kl", TargetKl), new("CRS-X-dropout-off", Dropout)];

    /// <summary>Policy and value head, with the moments of the optimizer, after a step.</summary>
    /// <param name="seed">Seed of policy, prompts and responses.</param>
    /// <param name="target">The target KL.</param>
    internal delegate double[] AfterStep(long seed, double target);

    /// <summary>Log-probabilities of a text, drawn anew at each call where something is random.</summary>
    internal delegate Tensor LogProbs(TrainedModel policy, Tensor ids, int call);

    private static Evidence TargetKl(SpecContext context)
    {
        var printed = context.Printed("value").AsTarget();
        var evidence = new ExactCheck<AfterStep>(544, static (seed, target) => Step(seed, early: false, target),
            (found, draws, after) => TargetKlCase(found, draws.Integer(1, 1_000_000), printed, after))
        {
            Cases = 8,
            Wrong = [new("early stopping on", static (seed, target) => Step(seed, early: true, target))],
        }.Run(context, out var summary);
        var (printedUpdates, otherUpdates) = (Updates(printed), Updates(OtherTarget));
        return evidence
            .Value("other_target", OtherTarget)
            .Value("example_updates_with_early_stopping", printedUpdates)
            .Value("example_updates_with_early_stopping_at_the_other_target", otherUpdates)
            .Require("with early stopping the smaller target ends the passes of the example: the setting has an effect",
                otherUpdates < printedUpdates && printedUpdates == Passes)
            .Explain(Invariant($"{summary}: targets of {printed} and {OtherTarget}, {Passes} passes over 6 responses. Example: with ")
                + Invariant($"early stopping on a step makes {printedUpdates} updates at a target of {printed} and {otherUpdates} at ")
                + Invariant($"{OtherTarget}, because a pass is the last one where the policy has moved more than 1.5 times the target, ")
                + "as in TRL 0.7.");
    }

    internal static void TargetKlCase(Deviations found, long seed, double target, AfterStep after)
    {
        var equal = after(seed, target).SequenceEqual(after(seed, OtherTarget));
        found.Exactly("without early stopping a step ends at the same bits for both targets", equal);
    }

    private static double[] Step(long seed, bool early, double target)
    {
        using var trainer = Trainer(seed, 0, Settings with { EarlyStopping = early, TargetKl = target });
        trainer.Step(0, CancellationToken.None);
        return State(trainer);
    }

    private static int Updates(double target)
    {
        using var scope = NewDisposeScope();
        using var trainer = Trainer(544, 0, Settings with { EarlyStopping = true, TargetKl = target });
        return (int)trainer.Step(0, CancellationToken.None).Metrics["updates"];
    }

    private static Evidence Dropout(SpecContext context)
    {
        var evidence = new ExactCheck<LogProbs>(545, InEvaluationMode, DropoutCase)
        {
            Cases = 20,
            Wrong = [new("training mode", InTrainingMode)],
        }.Run(context, out var summary);
        var (bits, ratios) = (0, 0);
        for (var seed = 1L; seed <= Steps; seed++)
        {
            using var scope = NewDisposeScope();
            var (none, released, strong) = (WithDropout(seed, 0), WithDropout(seed, ReleasedDropout), WithDropout(seed, StrongDropout));
            bits += none.State.SequenceEqual(released.State) && none.State.SequenceEqual(strong.State) ? 1 : 0;
            ratios += Math.Abs(strong.Ratio - 1) <= 1e-12 ? 1 : 0;
        }

        return evidence
            .Sample("steps of PPO", Steps)
            .Value("steps_with_equal_bits", bits)
            .Value("first_updates_with_a_ratio_of_1", ratios)
            .Require("the dropout of the adapter changes what a step of PPO ends at", bits < Steps,
                Invariant($"equal bits in {bits} of {Steps}"))
            .Explain((bits == Steps ? "Not found" : "Found")
                + " for a policy in evaluation mode, which TRL 0.7 puts it in before every forward pass: the dropout of "
                + Invariant($"{ReleasedDropout} in the adapter settings has {(bits == Steps ? "no" : "an")} effect. {summary}; {bits} of ")
                + Invariant($"{Steps} steps of PPO end at the same bits with a dropout of 0, {ReleasedDropout} and {StrongDropout}, and ")
                + Invariant($"the first ratio is 1 in {ratios} of {Steps} at {StrongDropout}."));
    }

    internal static void DropoutCase(Deviations found, Draws draws, LogProbs logProbs)
    {
        using var policies = Policies(draws.Integer(1, 1_000_000), ReleasedDropout);
        var ids = tensor(draws.Tokens(24, Vocabulary), [2, 12]);
        var (first, second) = (Deviations.Values(logProbs(policies.Policy, ids, 0)), Deviations.Values(logProbs(policies.Policy, ids, 1)));
        found.Exactly("two forward passes give the same log-probabilities bit by bit", first.SequenceEqual(second));
    }

    private static Tensor InEvaluationMode(TrainedModel policy, Tensor ids, int call)
    {
        using var mode = new EvaluationMode(policy.Language);
        return InTrainingMode(policy, ids, call);
    }

    private static Tensor InTrainingMode(TrainedModel policy, Tensor ids, int call)
    {
        using var dropout = policy.UseDropout(new RandomStreams(545), call, 0);
        return policy.Language.Logits(ids, ones_like(ids)).log_softmax(-1);
    }

    private static (double[] State, double Ratio) WithDropout(long seed, double dropout)
    {
        using var trainer = Trainer(seed, dropout, Settings with { PpoEpochs = 1 });
        var ratio = trainer.Step(0, CancellationToken.None).Metrics["policy/ratio"];
        return (State(trainer), ratio);
    }

    private static double[] State(PpoTrainer trainer) =>
        [.. trainer.StateTensors().OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => Deviations.Values(pair.Value))];

    private static PpoTrainer Trainer(long seed, double dropout, PpoSettings settings) => new(
        Policies(seed, dropout),
        [.. Enumerable.Range(0, 6).Select(row => new RolloutPrompt([(row + seed) % Vocabulary, row]))],
        new RuleReward(rollout => 3 - rollout.Response.Sum()),
        settings,
        new OptimizerSettings { Kind = OptimizerKind.Adam, LearningRate = 0.05 },
        new RandomStreams(seed));

    private static PolicyPair Policies(long seed, double dropout)
    {
        var policies = TinyModels.Policies(Vocabulary, seed, (ulong)seed, dropout);
        policies.Policy.Language.train();
        return policies;
    }
}
