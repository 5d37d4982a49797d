using Repro.Core.Adaptive.Segmentation;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 12: the total error of a segmentation.</summary>
public sealed class Equation12TotalError : ISpecGroup
{
    private const ulong Seed = 12;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ12", Check)];

    /// <summary>Checks one response, segmentation and noise, and every way to split one of its segments in two.</summary>
    /// <returns>Splits tried, and those after which the error within segments is larger when the last token's reward stands for a segment.</returns>
    internal static (int Splits, int Growing) Case(Deviations found, double[] rewards, IReadOnlyList<int> starts, double noise)
    {
        var tokens = rewards.Length;
        var segments = Segments.FromStarts(starts, tokens);
        var cost = SegmentationError.Total(rewards, segments, noise);
        found.Note("within-run squared error plus c squared times K", cost.Total, segments.Sum(s => Within(rewards[s.Start..s.End])) + (noise * segments.Count));
        found.Note("K = 1 is Eq. 10 plus c squared", SegmentationError.Total(rewards, Segments.Whole(tokens), noise).Total, SegmentationError.SequenceLevel(rewards, rewards.Average()) + noise);
        foreach (var kind in new[] { SegmentReward.Mean, SegmentReward.LastToken })
        {
            found.Note("K = N is c squared times N", SegmentationError.Total(rewards, Segments.EachToken(tokens), noise, kind).Total, noise * tokens);
        }

        var (splits, growing) = (0, 0);
        var last = SegmentationError.Total(rewards, segments, noise, SegmentReward.LastToken).Approximation;
        foreach (var cut in Enumerable.Range(0, tokens).Except(starts))
        {
            var finer = Segments.FromStarts([.. starts.Append(cut).Order()], tokens);
            found.Exactly("the error within runs never grows when a run is split", SegmentationError.Total(rewards, finer, noise).Approximation <= cost.Approximation + IdentityCases.Tolerance);
            splits++;
            growing += SegmentationError.Total(rewards, finer, noise, SegmentReward.LastToken).Approximation > last + IdentityCases.Tolerance ? 1 : 0;
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
            evidence.Reserve("reward of a step", Invariant($"with the mean of its tokens as the reward of a step; with the reward of its last token, which the text allows as well, {growing} of {splits} splits make the error within steps larger"));
        }

        return evidence.Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, responses of 1 to 20 tokens and {splits} splits of one step, with the mean as the reward of a step. With the last token's reward {growing} of the {splits} splits ({100.0 * growing / splits:F1}%) make the error within steps larger."));
    }
}
