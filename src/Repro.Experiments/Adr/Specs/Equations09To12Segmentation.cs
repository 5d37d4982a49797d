using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Eq. 9 and 10: one reward for a whole sequence.</summary>
internal sealed class Equation09SequenceError : ISpecGroup
{
    private const ulong Seed = 9;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ9", Check)];

    /// <summary>Checks one response and one sequence reward.</summary>
    internal static void Case(Deviations found, double[] rewards, double sequenceReward)
    {
        var mean = rewards.Sum() / rewards.Length;
        var smallest = SegmentationError.SequenceLevel(rewards, mean);
        var error = SegmentationError.SequenceLevel(rewards, sequenceReward);
        found.Note("sum of squared deviations from the one reward", error, rewards.Sum(r => Math.Pow(r - sequenceReward, 2)));

        // Any other reward costs its squared distance from the mean once for each token, hence the mean is the only minimum.
        found.Note(
            "error above that of the mean is the squared distance from it times the length",
            error - smallest,
            rewards.Length * Math.Pow(sequenceReward - mean, 2));
        found.Exactly("the error is smallest at the mean", smallest <= error + IdentityCases.Tolerance);
    }

    private static Evidence Check(SpecContext context)
    {
        var (mean, last) = (0.0, 0.0);
        return IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
            {
                var rewards = draws.Reals(draws.Integer(1, 40), 3);
                Case(found, rewards, draws.Real(3));
                mean += SegmentationError.SequenceLevel(rewards, rewards.Average());
                last += SegmentationError.SequenceLevel(rewards, rewards[^1]);
            },
            out var found)
            .Value("error of the last token's reward over that of the mean", last / mean)
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, responses of 1 to 40 tokens. ")
                    + "Giving all tokens the reward of the last one, as the text describes, "
                    + Invariant($"costs {last / mean:F2} times the error of the mean on these rewards."));
    }
}

/// <summary>ADR Eq. 11: the error of token-level rewards after whitening.</summary>
internal sealed class Equation11Whitening : ISpecGroup
{
    private const ulong Seed = 11;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ11", Check)];

    /// <summary>Checks the noise of one response of at least two tokens.</summary>
    internal static void Case(Deviations found, double[] noise)
    {
        using var scope = NewDisposeScope();
        var row = Scalars.From(noise, 1, noise.Length);
        var mask = row.ones_like();
        var whitened = Masked.Whiten(row, mask, VarianceEstimate.Biased);
        var values = Deviations.Values(whitened);
        found.Note("the mean is 0 after whitening", values.Average(), 0);
        found.Note(
            "summed squares are variance times length",
            SegmentationError.TokenLevel(values),
            Deviations.Values(Masked.Variance(whitened, mask, VarianceEstimate.Biased))[0] * noise.Length);

        var sample = Masked.Whiten(row, mask, VarianceEstimate.Unbiased);
        found.Note(
            "with the sample variance they are variance times length less one",
            SegmentationError.TokenLevel(Deviations.Values(sample)),
            Deviations.Values(Masked.Variance(sample, mask, VarianceEstimate.Unbiased))[0] * (noise.Length - 1));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, draws.Reals(draws.Integer(2, 60), 3)), out var found)
            .Reserve("whose variance", "for values whitened themselves; Eq. 11 takes the variance of the whitened rewards for that of "
                + "their noise")
            .Explain(
                $"{found.Summary(IdentityCases.Tolerance)}, responses of 2 to 60 tokens. The variance meant is that with divisor N; "
                    + "with the sample variance of common whitening code the factor is N - 1.");
}

/// <summary>ADR Eq. 12: the total error of a segmentation.</summary>
internal sealed class Equation12TotalError : ISpecGroup
{
    private const ulong Seed = 12;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ12", Check)];

    /// <summary>Checks one response, segmentation and noise, and every way to split one of its segments in two.</summary>
    /// <returns>Splits tried, and those after which the error within segments is larger when the last token's reward stands for a
    /// segment.</returns>
    internal static (int Splits, int Growing) Case(Deviations found, double[] rewards, IReadOnlyList<int> starts, double noise)
    {
        var tokens = rewards.Length;
        var segments = Segments.FromStarts(starts, tokens);
        var cost = SegmentationError.Total(rewards, segments, noise);
        found.Note(
            "within-run squared error plus c squared times K",
            cost.Total,
            segments.Sum(s => Within(rewards[s.Start..s.End])) + (noise * segments.Count));
        found.Note(
            "K = 1 is Eq. 10 plus c squared",
            SegmentationError.Total(rewards, Segments.Whole(tokens), noise).Total,
            SegmentationError.SequenceLevel(rewards, rewards.Average()) + noise);
        foreach (var kind in new[] { SegmentReward.Mean, SegmentReward.LastToken })
        {
            found.Note(
                "K = N is c squared times N",
                SegmentationError.Total(rewards, Segments.EachToken(tokens), noise, kind).Total,
                noise * tokens);
        }

        var (splits, growing) = (0, 0);
        var last = SegmentationError.Total(rewards, segments, noise, SegmentReward.LastToken).Approximation;
        foreach (var cut in Enumerable.Range(0, tokens).Except(starts))
        {
            var finer = Segments.FromStarts([.. starts.Append(cut).Order()], tokens);
            found.Exactly(
                "the error within runs never grows when a run is split",
                SegmentationError.Total(rewards, finer, noise).Approximation <= cost.Approximation + IdentityCases.Tolerance);
            splits++;
            growing += SegmentationError.Total(rewards, finer, noise, SegmentReward.LastToken).Approximation > last
                + IdentityCases.Tolerance
                ? 1
                : 0;
        }

        return (splits, growing);
    }

    private static double Within(double[] rewards)
    {
        var mean = rewards.Sum() / rewards.Length;
        return rewards.Sum(r => (r - mean) * (r - mean));
    }

    private static Evidence Check(SpecContext context)
    {
        var (splits, growing) = (0, 0);
        var evidence = IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
            {
                var rewards = draws.Reals(draws.Integer(1, 20), 2);
                int[] starts = [0, .. Enumerable.Range(1, rewards.Length - 1).Where(_ => draws.Integer(0, 2) == 0)];
                var (tried, grew) = Case(found, rewards, starts, Math.Abs(draws.Real(1)));
                splits += tried;
                growing += grew;
            },
            out var found);
        evidence.Sample("splits of a run", splits).Value("splits that grow the error, last-token reward", growing);
        if (growing > 0)
        {
            evidence.Reserve(
                "reward of a step",
                "with the mean of its tokens as the reward of a step; with the reward of its last token, "
                    + Invariant($"which the text allows as well, {growing} of {splits} splits make the error within steps larger"));
        }

        return evidence.Explain(
            Invariant($"{found.Summary(IdentityCases.Tolerance)}, responses of 1 to 20 tokens and {splits} splits of one step, ")
                + Invariant($"with the mean as the reward of a step. With the last token's reward {growing} of the {splits} splits ")
                + Invariant($"({100.0 * growing / splits:F1}%) make the error within steps larger."));
    }
}
