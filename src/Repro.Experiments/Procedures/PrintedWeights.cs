using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>Aggregated score of a reply: weighted sum of its labels, each between 0 and 1.</summary>
/// <param name="Weights">Weight of each label by name.</param>
public sealed record PrintedWeights(IReadOnlyDictionary<string, double> Weights)
{
    /// <summary>Sum of the absolute weights; 0 without labels.</summary>
    public double AbsoluteSum => Weights.Values.Sum(Math.Abs);

    /// <summary>The highest score that labels between 0 and 1 can reach: the sum of the positive weights.</summary>
    public double Highest => Weights.Values.Where(w => w > 0).Sum();

    /// <summary>The score of a reply. It is linear, so applied to means of labels it gives the mean score.</summary>
    /// <param name="label">Value of a label by name.</param>
    public double Score(Func<string, double> label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return Weights.Sum(w => w.Value * label(w.Key));
    }

    /// <summary>The printed weights of a claim, as inputs.</summary>
    /// <param name="context">The claim under verification.</param>
    /// <param name="claimId">The claim whose values are the weights.</param>
    /// <param name="labels">Names of the labels.</param>
    public static PrintedWeights Printed(SpecContext context, string claimId, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new PrintedWeights(labels.ToDictionary(l => l, l => context.Printed(claimId, l).AsInput(), StringComparer.Ordinal));
    }
}
