using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// ADR Section 3.2.1, reduced computational complexity: passes of a masked sample and of the same sample trained step by step, each step a
/// sample of its own that ends with the step. The loss is that of APPO, <see cref="AdaptiveLoss.Ppo"/>.
/// </summary>
internal sealed class StepwisePasses : ISpecGroup
{
    private const int Vocabulary = 16;
    private const int PromptTokens = 8;
    private const int ResponseTokens = 32;
    private const int Text = PromptTokens + ResponseTokens;

    private static readonly int[] StepCounts = [1, 2, 4, 8, 16];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-COMPLEXITY", Complexity)];

    /// <summary>The gradient of one response whose steps have advantages of their own.</summary>
    /// <param name="model">Counts the passes.</param>
    /// <param name="sample">The response.</param>
    internal delegate double[] Training(CountedModel model, Sample sample);

    private static Evidence Complexity(SpecContext context)
    {
        using var language = LanguageModel.Create(TinyModels.Config(Vocabulary), 321, ScalarType.Float64);
        var evidence = new ExactCheck<Training>(321, StepByStep, (found, draws, training) => Case(found, draws, language, training))
        {
            Cases = 5,
            Wrong = [new("each step without the text before it", StepsAlone), new("the mask of the last step alone", LastStep)],
        }.Run(context, out var summary);
        var draws = new Draws(new Xoshiro256(322));
        var passes = new List<string>();
        foreach (var steps in StepCounts)
        {
            using var scope = NewDisposeScope();
            var (masked, stepwise) = (new CountedModel(language), new CountedModel(language));
            var sample = Sample.Draw(draws, steps);
            Masked(masked, sample);
            StepByStep(stepwise, sample);
            evidence
                .Value(Invariant($"passes_of_{steps}_steps"), $"{masked.Passes} masked, {stepwise.Passes} step by step")
                .Value(Invariant($"tokens_of_{steps}_steps"), Invariant($"{masked.Tokens} masked, {stepwise.Tokens} step by step"))
                .Require(Invariant($"K = {steps}: one forward and one backward pass masked, {steps} of each step by step"),
                    (masked.Forwards, masked.Backwards, stepwise.Forwards, stepwise.Backwards) == (1, 1, steps, steps));
            passes.Add(Invariant($"{stepwise.Tokens / (double)masked.Tokens:0.##} times at K = {steps}"));
        }

        var (masked2, stepwise2) = SlopesOfPairs();
        return evidence
            .Value("example_slope_of_a_pair_masked", masked2)
            .Value("example_slope_of_a_pair_step_by_step", stepwise2)
            .Reserve("the K gradients are one", "where each step is trained as a sample of its own; for a loss of tokens their gradients "
                + "add up to that of one pass with a number for each token, so that step-wise training can take one pass as well")
            .Explain(Invariant($"{summary}, K = {InvariantText.Join(", ", StepCounts)} steps of a response of {ResponseTokens} tokens ")
                + Invariant($"after a prompt of {PromptTokens}, under the loss of Eq. 14. Step by step the model is given more tokens, ")
                + Invariant($"but fewer than K times as many, as a step ends its text: {string.Join(", ", passes)}. The loss of pairs ")
                + "of Eq. 15 is one sigmoid of the sum over tokens, which steps of their own change: example, two steps with a margin of "
                + Invariant($"1 each have the slope {masked2:F4} together and {stepwise2:F4} by themselves. Wall times depend on the ")
                + "machine and are not judged.");
    }

    /// <summary>Compares a training with the masked one, for each number of steps.</summary>
    internal static void Case(Deviations found, Draws draws, LanguageModel language, Training training)
    {
        foreach (var steps in StepCounts)
        {
            var sample = Sample.Draw(draws, steps);
            found.Note("the gradients of all steps add up to that of one masked pass",
                training(new CountedModel(language), sample), Masked(new CountedModel(language), sample));
        }
    }

    // The slope of the loss of a pair by the log-probability of a chosen token: as one pair, and as a pair for each of its two tokens.
    private static (double Masked, double StepByStep) SlopesOfPairs()
    {
        using var scope = NewDisposeScope();
        double Slope(double[] kept)
        {
            var policy = Scalars.From([-1, -1], 1, 2).requires_grad_();
            AdaptiveResponses Side(Tensor logProbs, double[] reference) =>
                new(logProbs, Scalars.From(reference, 1, 2), ones_like(logProbs).detach(), Scalars.From(kept, 1, 2));
            AdaptiveLoss.DpoTokenLevel(Side(policy, [-2, -2]), Side(Scalars.From([-1, -1], 1, 2), [-1, -1]), 1).sum().backward();
            return Deviations.Values(policy.grad!)[0];
        }

        return (Slope([1, 1]), Slope([1, 0]));
    }

    private static double[] Masked(CountedModel model, Sample sample)
    {
        model.Pass(sample.Ids, 0, sample, [.. Enumerable.Repeat(1.0, ResponseTokens)]);
        return model.TakeGradient();
    }

    private static double[] StepByStep(CountedModel model, Sample sample)
    {
        for (var step = 0; step < sample.Steps; step++)
        {
            model.Pass(sample.Ids[..(PromptTokens + sample.EndOf(step))], 0, sample, sample.MaskOf(step));
        }

        return model.TakeGradient();
    }

    private static double[] StepsAlone(CountedModel model, Sample sample)
    {
        for (var step = 0; step < sample.Steps; step++)
        {
            var start = PromptTokens + sample.EndOf(step - 1) - 1;
            model.Pass(sample.Ids[start..(PromptTokens + sample.EndOf(step))], start, sample, sample.MaskOf(step));
        }

        return model.TakeGradient();
    }

    private static double[] LastStep(CountedModel model, Sample sample)
    {
        model.Pass(sample.Ids, 0, sample, sample.MaskOf(sample.Steps - 1));
        return model.TakeGradient();
    }

    /// <summary>A response in steps of equal length.</summary>
    /// <param name="Ids">Token ids [prompt + response].</param>
    /// <param name="Steps">Number of steps; divides the response.</param>
    /// <param name="Old">Log-probabilities at sampling time [response].</param>
    /// <param name="Advantages">[response]; equal within a step.</param>
    internal sealed record Sample(long[] Ids, int Steps, double[] Old, double[] Advantages)
    {
        internal static Sample Draw(Draws draws, int steps)
        {
            var own = draws.Reals(steps, 2);
            return new Sample(draws.Tokens(Text, Vocabulary), steps, draws.LogProbs(ResponseTokens, 3),
                [.. Enumerable.Range(0, ResponseTokens).Select(t => own[t * steps / ResponseTokens])]);
        }

        /// <summary>One after the last response token of a step; 0 before the first.</summary>
        internal int EndOf(int step) => (step + 1) * ResponseTokens / Steps;

        internal double[] MaskOf(int step) =>
            [.. Enumerable.Range(0, ResponseTokens).Select(t => t >= EndOf(step - 1) && t < EndOf(step) ? 1.0 : 0)];
    }

    /// <summary>Runs forward and backward passes and counts them.</summary>
    internal sealed class CountedModel(LanguageModel model)
    {
        internal int Forwards { get; private set; }

        internal int Backwards { get; private set; }

        internal long Tokens { get; private set; }

        internal string Passes => Invariant($"{Forwards} + {Backwards}");

        /// <summary>One pass each way over a stretch of a text, with the loss of the tokens that a mask counts.</summary>
        /// <param name="ids">The stretch.</param>
        /// <param name="start">Where in the text it starts.</param>
        /// <param name="sample">The whole response.</param>
        /// <param name="counted">1 on the tokens of the loss [response]; all of them lie in the stretch, after its first token.</param>
        internal void Pass(long[] ids, int start, Sample sample, double[] counted)
        {
            using var scope = NewDisposeScope();
            var given = tensor(ids, [1, ids.Length]);
            var forward = model.Forward(given, ones_like(given));
            (Forwards, Tokens) = (Forwards + 1, Tokens + ids.Length);
            // Response tokens of the stretch that its own columns predict.
            var first = Math.Max(PromptTokens, start + 1);
            var (from, to) = (first - PromptTokens, start + ids.Length - PromptTokens);
            var completion = tensor([.. Enumerable.Range(start, ids.Length).Select(place => place >= first)], [1, ids.Length]);
            var head = new HeadLogProbs(model).Forward(forward.Hidden, given, completion);
            Loss(head.LogProbs.narrow(1, first - start - 1, to - from), sample, counted, from, to).backward();
            head.Backward();
            forward.Backward();
            Backwards++;
        }

        /// <summary>All gradients side by side, which are then cleared.</summary>
        internal double[] TakeGradient()
        {
            var parameters = model.BaseParameters().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value).ToList();
            double[] all = [.. parameters.SelectMany(parameter => Deviations.Values(parameter.grad!))];
            model.zero_grad();
            return all;
        }

        // Averaged over the whole response, whatever part of it is there.
        private static Tensor Loss(Tensor logProbs, Sample sample, double[] counted, int from, int to)
        {
            Tensor Part(double[] values) => Scalars.From(values[from..to], 1, to - from);
            var share = (double)(to - from) / ResponseTokens;
            var (old, advantages) = (Part(sample.Old), Part(sample.Advantages));
            return AdaptiveLoss.Ppo(logProbs, old, advantages, ones_like(logProbs), Part(counted), ClipRange.Symmetric(0.2)) * share;
        }
    }
}
