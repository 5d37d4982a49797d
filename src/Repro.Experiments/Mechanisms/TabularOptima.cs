using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Experiments.Claims;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What the KL coefficient, the bound of the reward and the weight of the preference reward do to the exact optimum of a KL-regularised
/// objective (CRS Figures 20 to 23 and 26). Design: <c>fixtures/designs/tabular.yaml</c>.
/// </summary>
internal sealed class TabularOptima : ISpecGroup
{
    private const double Relative = 0.05;
    private const double FormulaTolerance = 1e-6;
    private const double ScaleTolerance = 1e-14;
    private const double LogitMean = 0.85;
    private const double LogitSpread = 0.33;

    private static readonly double[] Coefficients = [0.05, 0.1, 0.2, 0.5];
    private static readonly double[] Weights = [0, 0.25, 0.375, 0.5, 0.625, 0.75, 1];

    private static readonly double EqualSpread = (TabularWorld.AbsoluteSpread + TabularWorld.PreferenceSpread) / 2;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-D-crs-scale", Scale),
        new("CRS-F20-kl-small", SmallerCoefficient),
        new("CRS-F21-mech", BoundedReward),
        new("CRS-F22-mech", WeightOfPreference),
        new("CRS-F22-stability", EqualSpreads),
        new("CRS-F23-mech", LargerCoefficient),
        new("CRS-F26-mech-kl", OtherSampler),
    ];

    private static EvidenceBuilder Begin(SpecContext context, out IReadOnlyList<TabularWorld> worlds)
    {
        var evidence = context.Designed("tabular", out var seeds);
        worlds = TabularWorld.Draw(seeds, first: context.Seeds.FirstSimulated);
        return evidence;
    }

    private static SeedComparison Compare(
        string name, IReadOnlyList<TabularWorld> worlds, Func<TabularWorld, double> first, Func<TabularWorld, double> second,
        PairedOutcome claimed, double margin = Relative) =>
        new(name, [.. worlds.Select(first)], [.. worlds.Select(second)], margin, claimed);

    private static double MeanKl(IReadOnlyList<TabularWorld> worlds, Func<TabularWorld, Tensor> reward, double b) =>
        worlds.Average(world => Math.Exp(world.LogKl(reward(world), b)));

    // The optimum is computed, not trained; PPO on a real model must come to the same side.
    private static EvidenceBuilder CompareWithTrainer(SpecContext context, EvidenceBuilder evidence) => PpoAgreement.Add(context, evidence);

    private static Evidence Scale(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        var (plain, other) = (worlds[0].Mixture(0), worlds[0].Mixture(1));
        var (absolute, preference) =
            (tensor(new[] { TabularWorld.AbsoluteDistance }), tensor(new[] { TabularWorld.PreferenceDistance }));
        foreach (var weight in new[] { 0, 0.25, 0.625, 1 })
        {
            evidence.Value(
                    Invariant($"best minus worst of four, weight {weight}, one order"),
                    RewardCombination.Raw(preference, absolute, weight).ToDouble())
                .Value(
                    Invariant($"best minus worst of four, weight {weight}, unrelated orders"),
                    worlds.Average(world => TabularWorld.BestMinusWorstOfFour(world.Mixture(weight))));
        }

        var best = plain.argmax(-1).ne(other.argmax(-1)).to(ScalarType.Float64).mean().ToDouble();
        var factor = TabularWorld.PreferenceDistance / TabularWorld.AbsoluteDistance;
        var (scaledKl, unscaledKl) = (worlds[0].Kl(worlds[0].Optimum(plain * factor, 0.5)), worlds[0].Kl(worlds[0].Optimum(plain, 0.5)));
        static double Difference(TabularWorld world, double scale, double b) =>
            LargestDifference(world.Optimum(world.Mixture(0) * scale, 0.5), world.Optimum(world.Mixture(0), b));
        var wrong = worlds.Count(world => Difference(world, factor, 0.5 * factor) > ScaleTolerance);
        return evidence.Value("share of prompts with another best response at weight 1 than at 0", best)
            .Value("KL of the absolute reward", unscaledKl).Value("KL of the same at the preference reward's scale", scaledKl)
            .Value($"{WrongVariant.Prefix}c r at b as r at b c", WrongVariant.Caught(wrong, worlds.Count))
            .RequireWithin(
                "the optimum of c r at b is that of r at b / c", worlds.Max(world => Difference(world, factor, 0.5 / factor)),
                ScaleTolerance)
            .Require("the weight changes the scale", scaledKl > unscaledKl,
                Invariant($"{TabularWorld.PreferenceDistance} against {TabularWorld.AbsoluteDistance}, {factor:F2} times"))
            .Require("the weight changes the order of responses", best > 0, Invariant($"on {best:P0} of prompts"))
            .Explain(
                Invariant($"From weight 0 to 1 best and worst of four move from {TabularWorld.AbsoluteDistance} to ")
                    + Invariant($"{TabularWorld.PreferenceDistance} apart, {factor:F2} times; scaling the reward by that factor is the ")
                    + "same as dividing the KL coefficient by it, and without any change of order takes "
                    + Invariant($"KL from {unscaledKl:F3} to {scaledKl:F3}."));
    }

    private static Evidence SmallerCoefficient(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        SeedComparison[] halved = [.. Coefficients.Select(b => Compare(
            Invariant($"log KL, b = {b / 2} against {b}"), worlds, world => world.LogKl(world.Mixture(1), b / 2),
            world => world.LogKl(world.Mixture(1), b), PairedOutcome.FirstLarger, margin: 0))];
        evidence.RequirePaired(halved);
        AddDerivative(evidence, worlds, "derivative of KL in b is -Var(r) / b^3", world => world.Kl, 3);
        AddControls(evidence, worlds, (world, logPolicy) => Math.Log(world.Kl(logPolicy)), "log KL");
        var kl = Coefficients.Select(b => MeanKl(worlds, world => world.Mixture(1), b));
        return CompareWithTrainer(context, evidence).Explain(
            $"KL of the exact optimum of the preference reward at b = {InvariantText.Join(", ", Coefficients)} is "
                + $"{string.Join(", ", kl.Select(value => Invariant($"{value:F3}")))}. Half the coefficient gives larger KL in "
                + $"{SeedEvidence.WithClaimedSign(halved)} pairs of seed and coefficient; the derivative -Var(r) / b^3 is never positive.");
    }

    private static Evidence LargerCoefficient(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        double Reward(TabularWorld world, Tensor logPolicy) =>
            TabularWorld.Expected(logPolicy, world.Mixture(1)).mean().ToDouble() / TabularWorld.PreferenceSpread;
        var lowerKl = Compare(
            "log KL, b = 2 against 0.5", worlds, world => world.LogKl(world.Mixture(1), 2), world => world.LogKl(world.Mixture(1), 0.5),
            PairedOutcome.SecondLarger);
        var lowerReward = Compare(
            "mean reward in standard deviations, b = 2 against 0.5", worlds, world => Reward(world, world.Optimum(world.Mixture(1), 2)),
            world => Reward(world, world.Optimum(world.Mixture(1), 0.5)), PairedOutcome.SecondLarger, 0.02);
        evidence.RequirePaired(lowerKl, lowerReward);
        AddDerivative(evidence, worlds, "derivative of KL in b is -Var(r) / b^3", world => world.Kl, 3);
        AddDerivative(
            evidence, worlds, "derivative of the mean reward in b is -Var(r) / b^2",
            world => logPolicy => TabularWorld.Expected(logPolicy, world.Mixture(1)).mean().ToDouble(), 2);
        AddControls(evidence, worlds, Reward, "mean reward");
        var (small, large) = (MeanKl(worlds, world => world.Mixture(1), 0.5), MeanKl(worlds, world => world.Mixture(1), 2));
        return CompareWithTrainer(context, evidence).Explain(
            Invariant($"Four times the coefficient takes KL of the exact optimum from {small:F3} to {large:F4}, lower in ")
                + $"{SeedEvidence.WithClaimedSign(lowerKl)} seeds, and lowers the mean reward in "
                + $"{SeedEvidence.WithClaimedSign(lowerReward)}; the derivatives -Var(r) / b^3 and -Var(r) / b^2 are never positive.");
    }

    private static Evidence BoundedReward(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        static Tensor Logit(TabularWorld world) => (world.First * LogitSpread) + LogitMean;
        static double Mean(TabularWorld world, Tensor reward) =>
            TabularWorld.Expected(world.Optimum(reward, 0.2), Logit(world)).mean().ToDouble() / LogitSpread;
        evidence.RequirePaired([
            .. Coefficients.Select(b => Compare(
                Invariant($"log KL, sigmoid against logit, b = {b}"), worlds, world => world.LogKl(Logit(world).sigmoid(), b),
                world => world.LogKl(Logit(world), b), PairedOutcome.SecondLarger)),
            Compare(
                "mean logit in standard deviations, sigmoid against logit, b = 0.2", worlds, world => Mean(world, Logit(world).sigmoid()),
                world => Mean(world, Logit(world)), PairedOutcome.SecondLarger, 0.02),
        ]);
        var quarter = Compare(
            "log KL, logit / 4 (not bounded) against logit, b = 0.2", worlds, world => world.LogKl(Logit(world) / 4, 0.2),
            world => world.LogKl(Logit(world), 0.2), PairedOutcome.SecondLarger);
        var steep = Compare(
            "8 sigmoid (bounded, steeper) against logit", worlds, world => world.LogKl(Logit(world).sigmoid() * 8, 0.2),
            world => world.LogKl(Logit(world), 0.2), PairedOutcome.FirstLarger);
        evidence.Swept(quarter).Planted(steep).Planted(Compare(
            "the same reward", worlds, world => world.LogKl(Logit(world), 0.2), world => world.LogKl(Logit(world), 0.2),
            PairedOutcome.Undecided));
        var kl = Coefficients.Select(b => Invariant($"{MeanKl(worlds, Logit, b):F3} / {MeanKl(worlds, w => Logit(w).sigmoid(), b):F3}"));
        var slope = new[] { quarter, steep }.All(comparison => comparison.Decide().Outcome == comparison.Claimed);
        return CompareWithTrainer(context, evidence).Explain(
            $"KL of the exact optimum of the logit and of its sigmoid at b = {InvariantText.Join(", ", Coefficients)}: "
                + $"{string.Join(", ", kl)}. " + (slope
                    ? "It is the slope of the sigmoid, at most 1/4, not the bound: the logit divided by 4 does the same, and a bounded "
                        + "reward steeper than the logit does the opposite."
                    : $"Whether slope or bound does it stays open: logit / 4 {SeedEvidence.Describe(quarter.Decide())}, 8 sigmoid "
                        + $"{SeedEvidence.Describe(steep.Decide())}."));
    }

    private static Evidence WeightOfPreference(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        SeedComparison[] steps = [.. Weights.Zip(Weights.Skip(1)).Select(step => Compare(
            Invariant($"log KL, weight {step.Second} against {step.First}"), worlds,
            world => world.LogKl(world.Mixture(step.Second), 0.5), world => world.LogKl(world.Mixture(step.First), 0.5),
            PairedOutcome.FirstLarger))];
        evidence.RequirePaired(steps);
        foreach (var correlation in new[] { 0.4, 0.8 })
        {
            evidence.Swept(Compare(
                Invariant($"log KL, weight 1 against 0, correlation {correlation}"), worlds,
                world => world.LogKl(world.Mixture(1, correlation), 0.5), world => world.LogKl(world.Mixture(0), 0.5),
                PairedOutcome.FirstLarger));
        }

        AddWeightControls(evidence, worlds);
        var raw = Weights.Select(weight => MeanKl(worlds, world => world.Mixture(weight), 0.5)).ToList();
        return CompareWithTrainer(context, evidence).Explain(
            Invariant($"With spreads of the published ratio {TabularWorld.PreferenceSpread / TabularWorld.AbsoluteSpread:F2}, KL of the ")
                + Invariant($"exact optimum at b = 0.5 goes from {raw[0]:F3} to {raw[^1]:F3} as the preference weight goes from 0 to 1 (")
                + $"{string.Join(", ", raw.Select(value => Invariant($"{value:F3}")))}); it rises in "
                + $"{SeedEvidence.WithClaimedSign(steps)} pairs of seed and step.");
    }

    private static Evidence EqualSpreads(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        Tensor Mixed(TabularWorld world, double weight, double correlation) => world.Mixture(weight, correlation, EqualSpread, EqualSpread);
        var places = from correlation in new[] { 0, 0.4, 0.8 } from b in new[] { 0.5, 0.1 } select (correlation, b);
        SeedComparison[] comparisons = [.. places.Select(at => Compare(
            Invariant($"log KL, weight 1 against 0, equal spread, correlation {at.correlation}, b = {at.b}"), worlds,
            world => world.LogKl(Mixed(world, 1, at.correlation), at.b), world => world.LogKl(Mixed(world, 0, at.correlation), at.b),
            PairedOutcome.FirstLarger))];
        evidence.RequirePaired(comparisons);
        AddWeightControls(evidence, worlds);
        var equal = Weights.Select(weight => MeanKl(worlds, world => Mixed(world, weight, 0), 0.5)).ToList();
        var decisions = comparisons.Select(comparison => comparison.Decide()).ToList();
        var apart = Math.Exp(decisions.Max(decision => Math.Abs(decision.Estimate))) - 1;
        return CompareWithTrainer(context, evidence).Explain(
            Invariant($"Once both rewards have the same spread, KL is {equal[^1]:F3} at weight 1 and {equal[0]:F3} at weight 0, at most ")
                + Invariant($"{100 * apart:F1} % apart at any correlation and b, and smallest ({equal.Min():F3}) at weight ")
                + Invariant($"{Weights[equal.IndexOf(equal.Min())]}: ")
                + (decisions.TrueForAll(decision => decision.Outcome == PairedOutcome.NoLargerDifference)
                    ? "the higher KL is explained by the scale of the preference reward; it shows nothing about its stability."
                    : "the scale of the preference reward by itself does not explain the KL at weight 1."));
    }

    private static Evidence OtherSampler(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = Begin(context, out var worlds);
        static Tensor Policy(TabularWorld world) => world.Optimum(world.Mixture(0), 0.5);
        var samplers = new (string Name, Func<TabularWorld, Tensor> LogProbs)[]
        {
            ("temperature 0.5", world => (Policy(world) / 0.5).log_softmax(-1)),
            ("top-p 0.9", world => LogitsProcessing.TopP(Policy(world), 0.9).log_softmax(-1)),
            ("temperature 0.7", world => (Policy(world) / 0.7).log_softmax(-1)),
        };
        var comparisons = samplers.Select(sampler => Compare(
            $"share of prompts with negative KL, {sampler.Name} against the policy itself", worlds,
            world => Negative(Estimated(world, sampler.LogProbs(world), KlPenalty.LogRatio)),
            world => Negative(Estimated(world, Policy(world), KlPenalty.LogRatio)), PairedOutcome.FirstLarger, 0.01)).ToList();
        evidence.RequirePaired(comparisons[0]);
        foreach (var comparison in comparisons[1..])
        {
            evidence.Swept(comparison);
            if (comparison.Decide().Outcome != PairedOutcome.FirstLarger)
            {
                evidence.Reserve("sampler", $"not found in {comparison.Name}: {SeedEvidence.Describe(comparison.Decide())}");
            }
        }

        var reference = Compare(
            "the reference as sampler", worlds, world => Negative(Estimated(world, world.LogReference, KlPenalty.LogRatio)),
            world => Negative(Estimated(world, Policy(world), KlPenalty.LogRatio)), PairedOutcome.FirstLarger, 0.01);
        evidence.Planted(reference);
        var own = worlds.Min(world => Estimated(world, Policy(world), KlPenalty.LogRatio).min().ToDouble());
        var others = samplers.Select(sampler => sampler.LogProbs).Append(world => world.LogReference).ToList();
        var third = others.Min(sampler => worlds.Min(world => Estimated(world, sampler(world), KlPenalty.LowVariance).min().ToDouble()));
        var means = others.Select(
            sampler => worlds.Average(world => Estimated(world, sampler(world), KlPenalty.LogRatio).mean().ToDouble()));
        return evidence.Value("mean of the estimator by sampler: temperature 0.5, top-p 0.9, temperature 0.7, reference", Listed(means))
            .Value("mean of the estimator, the policy itself", worlds.Average(world => world.Kl(Policy(world))))
            .Require("sampled from the policy itself the expectation is never negative", own >= 0, "the smallest of all prompts")
            .Require("the estimator k3 is never negative, whoever samples", third >= 0, "the smallest of all prompts and samplers")
            .Explain(
                Invariant($"A negative expected log-ratio have {reference.Second.Average():P0} of the prompts when the policy itself ")
                    + Invariant($"samples, {comparisons[0].First.Average():P0} at temperature 0.5, {comparisons[1].First.Average():P0} ")
                    + Invariant($"with top-p 0.9, and {reference.First.Average():P0} when the reference samples. The estimator k3 ")
                    + $"{(third >= 0 ? "is never" : "can be")} below 0.");
    }

    /// <summary>The mean of an estimate of KL over what a sampler draws, exactly, [prompts].</summary>
    private static Tensor Estimated(TabularWorld world, Tensor logSampler, KlPenalty estimator)
    {
        var policy = world.Optimum(world.Mixture(0), 0.5);
        return TabularWorld.Expected(logSampler, KlDivergence.Estimate(policy, world.LogReference, estimator));
    }

    private static double Negative(Tensor perPrompt) => perPrompt.lt(-1e-12).to(ScalarType.Float64).mean().ToDouble();

    private static string Listed(IEnumerable<double> values) => string.Join(", ", values.Select(value => Invariant($"{value:F4}")));

    private static double LargestDifference(Tensor first, Tensor second) => (first.exp() - second.exp()).abs().max().ToDouble();

    /// <summary>Compares the slope of a mean over prompts with -Var(r) / b^power in the middle of the coefficients, by central
    /// differences; the formula with another power must be caught.</summary>
    private static void AddDerivative(
        EvidenceBuilder evidence, IReadOnlyList<TabularWorld> worlds, string name,
        Func<TabularWorld, Func<Tensor, double>> measure, int power)
    {
        const double Step = 1e-4;
        var (largest, caught, cases) = (0.0, 0, 0);
        foreach (var world in worlds.Take(3))
        {
            using var scope = NewDisposeScope();
            foreach (var b in Coefficients)
            {
                var reward = world.Mixture(1);
                double At(double coefficient) => measure(world)(world.Optimum(reward, coefficient));
                var slope = (At(b * (1 + Step)) - At(b * (1 - Step))) / (2 * b * Step);
                var variance = TabularWorld.Variance(world.Optimum(reward, b), reward).mean().ToDouble();
                largest = Math.Max(largest, Math.Abs((slope / -(variance / Math.Pow(b, power))) - 1));
                caught += Math.Abs((slope / -(variance / Math.Pow(b, power - 1))) - 1) > FormulaTolerance ? 1 : 0;
                cases++;
            }
        }

        evidence.RequireWithin(name, largest, FormulaTolerance)
            .Value($"{WrongVariant.Prefix}{name}, one power of b less", WrongVariant.Caught(caught, cases));
    }

    /// <summary>The same coefficient twice, and an optimum in which the reward is multiplied by b.</summary>
    private static void AddControls(
        EvidenceBuilder evidence, IReadOnlyList<TabularWorld> worlds, Func<TabularWorld, Tensor, double> measure, string what)
    {
        evidence.Planted(Compare(
            $"{what}, the same b", worlds, world => measure(world, world.Optimum(world.Mixture(1), 0.5)),
            world => measure(world, world.Optimum(world.Mixture(1), 0.5)), PairedOutcome.Undecided));
        static Tensor Wrong(TabularWorld world, double b) => world.Optimum(world.Mixture(1), 1 / b);
        evidence.Planted(Compare(
            $"{what}, wrong optimum with r b, b = 0.25 against 0.5", worlds, world => measure(world, Wrong(world, 0.25)),
            world => measure(world, Wrong(world, 0.5)), PairedOutcome.SecondLarger));
    }

    /// <summary>One reward under both names, and the spreads exchanged.</summary>
    private static void AddWeightControls(EvidenceBuilder evidence, IReadOnlyList<TabularWorld> worlds)
    {
        evidence.Planted(Compare(
            "one reward under both names, weight 1 against 0", worlds,
            world => world.LogKl(world.Mixture(1, 1, EqualSpread, EqualSpread), 0.5),
            world => world.LogKl(world.Mixture(0, 1, EqualSpread, EqualSpread), 0.5), PairedOutcome.Undecided));
        evidence.Planted(Compare(
            "spreads exchanged, weight 1 against 0", worlds,
            world => world.LogKl(world.Mixture(1, 0, TabularWorld.PreferenceSpread, TabularWorld.AbsoluteSpread), 0.5),
            world => world.LogKl(world.Mixture(0, 0, TabularWorld.PreferenceSpread, TabularWorld.AbsoluteSpread), 0.5),
            PairedOutcome.SecondLarger));
    }
}
