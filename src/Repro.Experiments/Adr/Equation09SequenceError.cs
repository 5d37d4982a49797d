using Repro.Core.Adaptive.Segmentation;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 9 and 10: one reward for a whole sequence.</summary>
public sealed class Equation09SequenceError : ISpecGroup
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
        found.Note("error above that of the mean is the squared distance from it times the length", error - smallest, rewards.Length * Math.Pow(sequenceReward - mean, 2));
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
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, responses of 1 to 40 tokens. Giving all tokens the reward of the last one, as the text describes, costs {last / mean:F2} times the error of the mean on these rewards."));
    }
}
