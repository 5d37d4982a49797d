using Repro.Core.Losses;
using Repro.Core.Training.Optimization;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// CRS Eq. 2.6 to 2.11: expected return, its gradient, the step along it, advantages and the clipped surrogate, on a problem whose
/// trajectories are all enumerated. Returns and gradients come from <see cref="PolicyLoss"/>, advantages from
/// <see cref="GeneralizedAdvantage"/>, as PPO trains.
/// </summary>
internal sealed class PolicyGradients : ISpecGroup
{
    // Room for any ratio: nothing is clipped.
    private static readonly ClipRange Unclipped = new(1, 1e9);

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-E2.6", Return),
        new("CRS-E2.7", ReturnGradient),
        new("CRS-E2.8", Step),
        new("CRS-E2.9", Advantage),
        new("CRS-E2.10", AdvantageGradient),
        new("CRS-E2.11", ClippedSurrogate),
    ];

    /// <summary>An objective of the policy from its trajectories.</summary>
    /// <param name="logProbs">Log-probabilities of all trajectories under the policy, [trajectories], with its graph.</param>
    /// <param name="sampling">The same under the policy that sampled, without graph.</param>
    /// <param name="returns">[trajectories].</param>
    /// <returns>A scalar.</returns>
    internal delegate Tensor Objective(Tensor logProbs, Tensor sampling, Tensor returns);

    private static Evidence Return(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var check = new ExactCheck<Objective>(2060, Surrogate, ReturnCase)
        {
            Wrong = [new("as printed, the expectation of probability times return", PrintedReturn)],
        };
        var evidence = check.Run(context, out var summary);
        var (policy, problem) = Example();
        var logProbs = problem.LogProbs(policy);
        var returns = Scalars.From(problem.Returns, problem.Returns.Length);
        var right = Surrogate(logProbs, logProbs, returns).ToDouble();
        var printed = PrintedReturn(logProbs, logProbs, returns).ToDouble();
        var differing = check.CaughtCases(PrintedReturn, context.Cancellation);
        if (differing > 0)
        {
            evidence.Reserve("expectation in equation 2.6", Invariant($"as printed it gives another number in {differing} cases"));
        }

        return evidence
            .Value("example_expected_return", right)
            .Value("example_as_printed", printed)
            .Explain("The expected return is the sum of P(tau) R(tau) over trajectories, or the expectation of R(tau). Equation 2.6 prints "
                + "the expectation of P(tau) R(tau), which weights by the probability twice; with a sum in place of the expectation, of "
                + Invariant($"which the text speaks too, it is right. Example: an expected return of {right:F4} comes out as {printed:F4} ")
                + $"by the printed form. {summary}, each with 32 trajectories of 3 steps.");
    }

    internal static void ReturnCase(Deviations found, Draws draws, Objective objective)
    {
        var problem = new SmallProblem(draws);
        var (policy, other) = (Policy(draws), Policy(draws));
        var returns = Scalars.From(problem.Returns, problem.Returns.Length);
        var (own, sampling) = (problem.LogProbs(policy), problem.LogProbs(other));
        found.Note("the probabilities of all trajectories add up to 1", own.exp().sum(), [1]);
        var value = Deviations.Values(problem.ExpectedReturn(policy).reshape(1));
        found.Note("the sum of probability times return is the expected return", objective(own, own, returns).reshape(1), value);
        found.Note("also from trajectories of another policy, by the ratio", objective(own, sampling, returns).reshape(1), value);
    }

    // The surrogate of PPO with a trajectory in the place of a token: the expectation under the sampling policy of ratio times return. The
    // mean over rows becomes that expectation as each return is weighted by the row's probability.
    private static Tensor Surrogate(Tensor logProbs, Tensor sampling, Tensor returns)
    {
        var old = sampling.detach();
        var weighted = returns * old.exp() * returns.shape[0];
        var loss = PolicyLoss.Clipped(
            logProbs.unsqueeze(1), old.unsqueeze(1), weighted.unsqueeze(1), old.ones_like().unsqueeze(1), Unclipped);
        return -loss;
    }

    private static Tensor PrintedReturn(Tensor logProbs, Tensor sampling, Tensor returns) =>
        Surrogate(logProbs, sampling, returns * logProbs.detach().exp());

    private static Evidence ReturnGradient(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var check = new ExactCheck<Objective>(2070, Surrogate, GradientCase)
        {
            Wrong = [new("as printed, with the gradient of the probability", PrintedGradient)],
        };
        var evidence = check.Run(context, out var summary);
        var (policy, problem) = Example();
        var returns = Scalars.From(problem.Returns, problem.Returns.Length);
        double First(Objective objective) => Gradient(policy, p => objective(problem.LogProbs(p), problem.LogProbs(p), returns))[0];
        var (right, printed) = (First(Surrogate), First(PrintedGradient));
        var differing = check.CaughtCases(PrintedGradient, context.Cancellation);
        if (differing > 0)
        {
            evidence.Reserve("logarithm in equation 2.7", Invariant($"without it, as printed, it is another number in {differing} cases"));
        }

        return evidence
            .Value("example_gradient", right)
            .Value("example_as_printed", printed)
            .Explain("The gradient of the return is the expectation of the gradient of log P(tau) times R(tau), as the text around "
                + "equation 2.7 says; the equation prints the gradient of P(tau), without the logarithm, which under an expectation is "
                + "another number. With a sum over trajectories in place of the expectation, as in the text of equation 2.6, it is right. "
                + Invariant($"Example: {right:F4} for the first score of the policy, {printed:F4} by the printed form. ")
                + $"{summary}, against the gradient of a recursion over states.");
    }

    internal static void GradientCase(Deviations found, Draws draws, Objective objective)
    {
        var problem = new SmallProblem(draws);
        var policy = Policy(draws);
        var returns = Scalars.From(problem.Returns, problem.Returns.Length);
        var exact = Gradient(policy, problem.ExpectedReturn);
        var estimated = Gradient(policy, p => objective(problem.LogProbs(p), problem.LogProbs(p), returns));
        found.Note("the expectation of the gradient of log P(tau) times R(tau) is the gradient of the return", estimated, exact);
        var shifted = Gradient(policy, p => objective(problem.LogProbs(p), problem.LogProbs(p), returns + 1));
        found.Note("adding a constant to all returns leaves it", shifted, exact);
        // The printed form with a sum over trajectories in the place of the expectation.
        var summed = Gradient(policy, p => (problem.LogProbs(p).exp() * returns).sum());
        found.Note("so is the sum over trajectories of the gradient of P(tau) times R(tau)", summed, exact);
    }

    // The gradient of the probability itself, under the same expectation.
    private static Tensor PrintedGradient(Tensor logProbs, Tensor sampling, Tensor returns) =>
        (sampling.detach().exp() * logProbs.exp() * returns).sum();

    private static Evidence Step(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<Func<double[], double[], double, double[]>>(2080, StepOfLoss, StepCase)
        {
            Wrong = [new("a step along the gradient of the loss", (policy, loss, rate) => StepOfLoss(policy, Negative(loss), rate))],
        }.Run(context, out var summary);
        var (policy, problem) = Example();
        var gradient = Gradient(policy, problem.ExpectedReturn);
        var moved = StepOfLoss(Deviations.Values(policy), Negative(gradient), 0.1);
        var before = problem.ExpectedReturn(policy).ToDouble();
        var after = problem.ExpectedReturn(Scalars.From(moved, moved.Length)).ToDouble();
        return evidence
            .Value("example_return_before", before)
            .Value("example_return_after", after)
            .Explain(Invariant($"{summary}, steps of 0.0001. Example: a step of 0.1 raises the expected return from {before:F5} to ")
                + Invariant($"{after:F5}. The trainers of this library step with Adam, which scales each part of the gradient; its first ")
                + "step raises the return as well.");
    }

    internal static void StepCase(Deviations found, Draws draws, Func<double[], double[], double, double[]> step)
    {
        const double Rate = 1e-4;
        var problem = new SmallProblem(draws);
        var policy = Policy(draws);
        var start = Deviations.Values(policy);
        var loss = Negative(Gradient(policy, problem.ExpectedReturn));
        var moved = step(start, loss, Rate);
        found.Note("the step is theta + alpha g", moved, [.. start.Zip(loss, (x, g) => x - (Rate * g))]);
        double Return(double[] scores) => problem.ExpectedReturn(Scalars.From(scores, scores.Length)).ToDouble();
        found.Exactly("a small step raises the expected return", Return(moved) > Return(start));
        found.Exactly("so does the first step of the optimizer that trains", Return(StepOfTrainer(start, loss, Rate)) > Return(start));
    }

    private static double[] StepOfLoss(double[] policy, double[] gradient, double rate)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(Scalars.From(policy, policy.Length));
        parameter.grad = Scalars.From(gradient, gradient.Length);
        using var optimizer = optim.SGD([parameter], rate);
        optimizer.step();
        return Deviations.Values(parameter);
    }

    private static double[] StepOfTrainer(double[] policy, double[] gradient, double rate)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(Scalars.From(policy, policy.Length));
        parameter.grad = Scalars.From(gradient, gradient.Length);
        var settings = new OptimizerSettings { LearningRate = rate, WeightDecay = 0 };
        using var optimizer = new TrainingOptimizer([("policy", parameter)], settings);
        optimizer.Update(0);
        return Deviations.Values(parameter);
    }

    /// <summary>Advantages of all trajectories.</summary>
    /// <param name="values">Values of the states, [trajectories, steps].</param>
    /// <param name="rewards">[trajectories, steps].</param>
    /// <param name="lambda">From one step (0) to the whole return (1).</param>
    internal delegate Tensor Advantages(Tensor values, Tensor rewards, double lambda);

    private static Evidence Advantage(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<Advantages>(2090, Estimated, AdvantageCase)
        {
            Wrong =
            [
                new("action value alone", (values, rewards, lambda) => Estimated(values, rewards, lambda) + values),
                new("reward less the value of the state", (values, rewards, _) => rewards - values),
            ],
        }.Run(context, out var summary);
        var (policy, problem) = Example();
        var (states, actions) = (problem.StateValues(policy)[0], problem.ActionValues(policy)[0]);
        var mean = Deviations.Values(policy.reshape(2, 2).softmax(1))[..2].Zip(actions, (p, q) => p * (q - states[0])).Sum();
        return evidence
            .Value("example_state_value", states[0])
            .Value("example_action_value_0", actions[0])
            .Value("example_action_value_1", actions[1])
            .Explain(Invariant($"{summary}, with estimates over one step, whole returns and lambda 0.95. Example: at the start the state ")
                + Invariant($"is worth {states[0]:F4}, its actions {actions[0]:F4} and {actions[1]:F4}; the advantages ")
                + Invariant($"{actions[0] - states[0]:F4} and {actions[1] - states[0]:F4} have the mean {Math.Abs(mean):F4} under the ")
                + "policy.");
    }

    internal static void AdvantageCase(Deviations found, Draws draws, Advantages advantages)
    {
        var problem = new SmallProblem(draws);
        var policy = Policy(draws);
        var (states, actions) = (problem.StateValues(policy), problem.ActionValues(policy));
        var p = Deviations.Values(problem.LogProbs(policy).exp());
        var (values, rewards) = (ValuesOf(states), Scalars.From(problem.Rewards, SmallProblem.Trajectories.Count, SmallProblem.Steps));
        foreach (var lambda in new[] { 0, 0.95, 1 })
        {
            var estimates = Deviations.Values(advantages(values, rewards, lambda));
            for (var step = 0; step < SmallProblem.Steps; step++)
            {
                var at = step;
                double Mean(Func<Trajectory, bool> chosen) => Conditional(p, estimates, at, chosen);
                found.Note("the mean advantage under the policy is 0", Mean(t => t.States[at] == 0), 0);
                var difference = actions[at][1] - states[at][0];
                found.Note("the mean advantage of an action is action value less state value", Mean(t => t.Pair(at) == 1), difference);
            }
        }
    }

    // The mean of the estimates at a step over the trajectories that are chosen, by their probabilities.
    private static double Conditional(double[] p, double[] estimates, int step, Func<Trajectory, bool> chosen)
    {
        var rows = Enumerable.Range(0, p.Length).Where(row => chosen(SmallProblem.Trajectories[row])).ToList();
        return rows.Sum(row => p[row] * estimates[(row * SmallProblem.Steps) + step]) / rows.Sum(row => p[row]);
    }

    private static Tensor ValuesOf(double[][] states) => Scalars.From(
        [.. SmallProblem.Trajectories.SelectMany(t => t.States.Select((state, step) => states[step][state]))],
        SmallProblem.Trajectories.Count, SmallProblem.Steps);

    private static Tensor Estimated(Tensor values, Tensor rewards, double lambda) =>
        GeneralizedAdvantage.Estimate(values, rewards, values.ones_like(), 1, lambda).Advantages;

    /// <summary>An objective whose gradient is the policy gradient.</summary>
    /// <param name="logProbs">Log-probabilities of the actions, [trajectories, steps], with the policy's graph.</param>
    /// <param name="advantages">[trajectories, steps].</param>
    /// <param name="weights">The probability of each trajectory, [trajectories, 1].</param>
    internal delegate Tensor ActionObjective(Tensor logProbs, Tensor advantages, Tensor weights);

    private static Evidence AdvantageGradient(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<ActionObjective>(2100, PolicyObjective, AdvantageGradientCase)
        {
            Wrong =
            [
                new("the gradient of the probability, without logarithm", (logProbs, a, weights) => (weights * logProbs.exp() * a).sum()),
                new("advantages of the next step", (logProbs, a, weights) => PolicyObjective(logProbs, a.roll(-1, 1), weights)),
            ],
        }.Run(context, out var summary);
        var (policy, problem) = Example();
        var exact = Gradient(policy, problem.ExpectedReturn);
        var estimated = ByAdvantages(problem, policy, PolicyObjective, 0.95);
        return evidence
            .Value("example_gradient", exact[0])
            .Value("example_by_advantages", estimated[0])
            .Explain(Invariant($"{summary}, over all 32 trajectories and lambda 0, 0.95 and 1. Example: for the first score of the policy ")
                + Invariant($"both are {exact[0]:F4}. The steps of a trajectory are added up; their mean is that gradient by their ")
                + "number.");
    }

    internal static void AdvantageGradientCase(Deviations found, Draws draws, ActionObjective objective)
    {
        const double Distance = 1e-4;
        var problem = new SmallProblem(draws);
        var policy = Policy(draws);
        var exact = Gradient(policy, problem.ExpectedReturn);
        double[] estimated = [];
        foreach (var lambda in new[] { 0, 0.95, 1 })
        {
            estimated = ByAdvantages(problem, policy, objective, lambda);
            found.Note("the mean of the gradient of log pi times the advantage is the gradient of the return", estimated, exact);
        }

        var scores = Deviations.Values(policy);
        double Return(int at, double by)
        {
            double[] moved = [.. scores.Select((x, i) => i == at ? x + by : x)];
            return problem.ExpectedReturn(Scalars.From(moved, moved.Length)).ToDouble();
        }

        var differences = Enumerable.Range(0, scores.Length).Select(at => (Return(at, Distance) - Return(at, -Distance)) / (2 * Distance));
        var farthest = estimated.Zip(differences, (a, b) => Math.Abs(a - b)).Max();
        found.Exactly("it equals central differences to 1e-7", farthest < 1e-7);
    }

    private static double[] ByAdvantages(SmallProblem problem, Tensor policy, ActionObjective objective, double lambda)
    {
        var rewards = Scalars.From(problem.Rewards, SmallProblem.Trajectories.Count, SmallProblem.Steps);
        var advantages = Estimated(ValuesOf(problem.StateValues(policy)), rewards, lambda);
        var weights = problem.LogProbs(policy).exp().detach().unsqueeze(1);
        return Gradient(policy, p => objective(SmallProblem.ActionLogProbs(p), advantages, weights));
    }

    // The loss is a mean over all places; weighted by probability and number it is the expectation of a trajectory's sum.
    private static Tensor PolicyObjective(Tensor logProbs, Tensor advantages, Tensor weights) =>
        -PolicyLoss.Clipped(logProbs, logProbs.detach(), advantages * weights * advantages.numel(), advantages.ones_like(), Unclipped);

    /// <summary>A clipped loss: log-probabilities now and at sampling time and advantages [1, tokens], the clip range.</summary>
    internal delegate Tensor ClippedLoss(Tensor logProbs, Tensor old, Tensor advantages, double clip);

    private static Evidence ClippedSurrogate(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var clip = ReleasedValues.Setting(context, "rl_code", "cliprange").Number();
        var check = new ExactCheck<ClippedLoss>(2110, Clipped, (found, draws, loss) => ClippedCase(found, draws, loss, clip))
        {
            Wrong = [new("clipped without the minimum", WithoutMinimum), new("not clipped", (now, old, a, _) => Clipped(now, old, a, 1e9))],
        };
        var evidence = check.Run(context, out var summary);
        var slopes = Slopes(Clipped, [2, 2, 0.5, 0.5], [1, -1, 1, -1], clip);
        return evidence
            .Value("clip_range", clip)
            .Value("example_slope_ratio_2_advantage_1", slopes[0])
            .Value("example_slope_ratio_2_advantage_-1", slopes[1])
            .Value("example_slope_ratio_0.5_advantage_1", slopes[2])
            .Value("example_slope_ratio_0.5_advantage_-1", slopes[3])
            .Explain(Invariant($"{summary}, with the clip range {clip} of section 5.4. Example: at twice the old probability a token with ")
                + Invariant($"the advantage 1 has the slope {slopes[0]:F0}, one with -1 has {slopes[1]:F0}; at half of it they have ")
                + Invariant($"{slopes[2]:F1} and {Math.Abs(slopes[3]):F0}: only steps that go further out of the range are stopped."));
    }

    internal static void ClippedCase(Deviations found, Draws draws, ClippedLoss loss, double clip)
    {
        double Size() => 0.75 + draws.Real(0.5);
        double Above() => 1 + clip + Size();
        double Below() => (1 - clip) * Size() / 1.3;
        double Inside() => 1 + (clip * draws.Real(0.9));
        double[] ratios = [Above(), Above(), Below(), Below(), Inside(), Inside()];
        double[] advantages = [Size(), -Size(), Size(), -Size(), Size(), -Size()];
        var stopped = ratios.Zip(advantages, (r, a) => (a > 0 && r > 1 + clip) || (a < 0 && r < 1 - clip)).ToArray();
        var terms = ratios.Zip(advantages, (r, a) => Math.Min(r * a, Math.Clamp(r, 1 - clip, 1 + clip) * a)).ToArray();
        var (now, old) = (LogRatios(ratios), zeros([1, ratios.Length], ScalarType.Float64));
        var value = loss(now, old, Scalars.From(advantages, 1, advantages.Length), clip);
        found.Note("minus the mean of the smaller of both products", value, [-terms.Average()]);
        var slopes = Slopes(loss, ratios, advantages, clip);
        var stops = slopes.Select(slope => slope == 0);
        found.Exactly("the gradient is 0 exactly where the ratio is out of range on the advantage's side", stops.SequenceEqual(stopped));
        double[] free = [.. ratios.Zip(advantages, (r, a) => r * a).Zip(stopped, (slope, stop) => stop ? 0 : slope)];
        found.Note("elsewhere it is ratio times advantage", slopes, free);
    }

    // The slope of the objective of each token by its log-probability.
    private static double[] Slopes(ClippedLoss loss, double[] ratios, double[] advantages, double clip)
    {
        var (old, a) = (zeros([1, ratios.Length], ScalarType.Float64), Scalars.From(advantages, 1, advantages.Length));
        return Gradient(LogRatios(ratios), now => loss(now, old, a, clip) * -ratios.Length);
    }

    private static Tensor LogRatios(double[] ratios) => Scalars.From([.. ratios.Select(r => Math.Log(r))], 1, ratios.Length);

    private static Tensor Clipped(Tensor logProbs, Tensor old, Tensor advantages, double clip) =>
        PolicyLoss.Clipped(logProbs, old, advantages, advantages.ones_like(), new ClipRange(Math.Min(clip, 1), clip));

    private static Tensor WithoutMinimum(Tensor logProbs, Tensor old, Tensor advantages, double clip) =>
        -((logProbs - old).exp().clamp(1 - clip, 1 + clip) * advantages).mean();

    private static double[] Negative(double[] values) => [.. values.Select(x => -x)];

    private static double[] Gradient(Tensor at, Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        var leaf = at.detach().clone().requires_grad_();
        function(leaf).backward();
        return Deviations.Values(leaf.grad!);
    }

    private static Tensor Policy(Draws draws) => Scalars.From(draws.Reals(SmallProblem.PolicyNumbers, 1.5), SmallProblem.PolicyNumbers);

    // Action 1 pays more in both states, and state 1 more than state 0.
    private static (Tensor Policy, SmallProblem Problem) Example() =>
        (Scalars.From([0, 0, 0, 0], SmallProblem.PolicyNumbers), new SmallProblem([0.25, 0.75, 0.25, 0.75], [0, 0.5, 0.5, 1]));
}
