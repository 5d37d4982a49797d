namespace Repro.Core.Training.Dpo;

/// <summary>What a pass over preference pairs gave, one number for each pair, taken before any update.</summary>
/// <param name="Losses">The loss.</param>
/// <param name="PolicyChosen">Summed log-probability of the preferred response under the policy.</param>
/// <param name="PolicyRejected">Of the rejected response.</param>
/// <param name="ReferenceChosen">Of the preferred response under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected response.</param>
public sealed record PairOutcome(double[] Losses, double[] PolicyChosen, double[] PolicyRejected, double[] ReferenceChosen, double[] ReferenceRejected)
{
    /// <summary>One after the other.</summary>
    /// <param name="parts">At least one.</param>
    public static PairOutcome Join(IReadOnlyList<PairOutcome> parts)
    {
        double[] All(Func<PairOutcome, double[]> of) => [.. parts.SelectMany(of)];
        return new PairOutcome(All(part => part.Losses), All(part => part.PolicyChosen), All(part => part.PolicyRejected), All(part => part.ReferenceChosen), All(part => part.ReferenceRejected));
    }

    /// <summary>The numbers that are reported, by name.</summary>
    /// <param name="beta">Factor of the log-ratio in the implicit rewards.</param>
    public Dictionary<string, double> Metrics(double beta)
    {
        var chosen = PolicyChosen.Zip(ReferenceChosen, (policy, reference) => beta * (policy - reference)).ToArray();
        var rejected = PolicyRejected.Zip(ReferenceRejected, (policy, reference) => beta * (policy - reference)).ToArray();
        return new Dictionary<string, double>
        {
            ["loss"] = Losses.Average(),
            ["accuracy"] = chosen.Zip(rejected).Average(pair => pair.First > pair.Second ? 1.0 : 0.0),
            ["rewards/chosen"] = chosen.Average(),
            ["rewards/rejected"] = rejected.Average(),
            ["rewards/margins"] = chosen.Zip(rejected).Average(pair => pair.First - pair.Second),
            ["logps/chosen"] = PolicyChosen.Average(),
            ["logps/rejected"] = PolicyRejected.Average(),
        };
    }
}
