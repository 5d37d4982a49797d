using Repro.Core.Evaluation.Statistics;
using Repro.Core.Evaluation.Voting;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR section 4.2: the test set of the win rates, against its file.</summary>
internal sealed class Section42TestSet : ISpecGroup
{
    private static readonly string[] DataSets = ["helpsteer", "prm800k"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-TESTSET", Check)];

    private static Evidence Check(SpecContext context)
    {
        var plan = context.Config<TestSetPlan>("adr/test-set");
        return context.Evidence()
            .CompareExactly("n", context.Printed("n"), plan.Samples)
            .Require("HelpSteer and PRM800K are the data sets", plan.DataSets.SequenceEqual(DataSets), string.Join(", ", plan.DataSets))
            .Reserve(
                "which samples",
                "the samples were not released, and the paper does not say whether sizes are counted in rows, prompts or steps; "
                    + "the file draws by rows with a seed")
            .Absent("the test set", NotConfirmed.Reason)
            .Explain(
                Invariant($"configs/adr/test-set.yaml draws {plan.Samples} samples of {string.Join(" and ", plan.DataSets)} in ")
                    + Invariant($"proportion to their rows with seed {plan.Seed}; the samples of the paper are not public."));
    }
}

/// <summary>ADR section 4.2: three annotators and a model vote, an expert settles what they leave open. Every profile of votes is
/// tried.</summary>
internal sealed class Section42Votes : ISpecGroup
{
    private const int Voters = 4;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-VOTE", Check)];

    /// <summary>Checks one profile of votes with one expert.</summary>
    /// <param name="found">What is found.</param>
    /// <param name="votes">Whether each voter prefers the first response.</param>
    /// <param name="expert">Whether the expert does.</param>
    /// <returns>Whether the expert is asked, on a tie and without consensus.</returns>
    internal static (bool OnTie, bool WithoutConsensus) Case(Deviations found, bool[] votes, bool expert)
    {
        var asked = 0;
        var verdict = MajorityVote.Decide(votes, () => Ask(ref asked, expert));
        var (yes, no) = (votes.Count(v => v), votes.Count(v => !v));
        found.Exactly("the majority decides, the expert on a tie", verdict.Choice == (yes == no ? expert : yes > no));
        found.Exactly("the expert is asked on ties only", asked == (yes == no ? 1 : 0) && verdict.ByExpert == (yes == no));
        for (var shift = 1; shift < votes.Length; shift++)
        {
            bool[] others = [.. votes[shift..], .. votes[..shift]];
            found.Exactly("anonymity: who cast which vote does not matter", MajorityVote.Decide(others, () => expert) == verdict);
        }

        var mirrored = MajorityVote.Decide([.. votes.Select(v => !v)], () => !expert);
        found.Exactly(
            "neutrality: exchanging the responses exchanges the verdict",
            mirrored.Choice == !verdict.Choice && mirrored.ByExpert == verdict.ByExpert);
        for (var voter = 0; voter < votes.Length; voter++)
        {
            bool[] stronger = [.. votes];
            stronger[voter] = verdict.Choice;
            found.Exactly("one more vote for the winner keeps it", MajorityVote.Decide(stronger, () => expert).Choice == verdict.Choice);
        }

        return (verdict.ByExpert, MajorityVote.Decide(votes, () => expert, ExpertRule.WithoutConsensus).ByExpert);
    }

    private static bool Ask(ref int asked, bool answer)
    {
        asked++;
        return answer;
    }

    private static Evidence Check(SpecContext context)
    {
        var found = new Deviations();
        var (profiles, ties, open) = (1 << Voters, 0, 0);
        for (var profile = 0; profile < profiles; profile++)
        {
            var votes = Enumerable.Range(0, Voters).Select(i => (profile >> i & 1) == 1).ToArray();
            var (onTie, withoutConsensus) = Case(found, votes, expert: true);
            Case(found, votes, expert: false);
            ties += onTie ? 1 : 0;
            open += withoutConsensus ? 1 : 0;
        }

        return found.AddTo(context.Evidence().Sample("profiles of votes", profiles), 0)
            .Value("profiles with a tie", ties)
            .Value("profiles without consensus", open)
            .Reserve(
                "when the expert decides",
                Invariant($"with the expert on ties, which are {ties} of the {profiles} profiles of {Voters} votes; ")
                    + "the same sentence also says that the expert decides where no consensus was reached, "
                    + Invariant($"which read as unanimity would be {open} of {profiles}"))
            .Explain(
                Invariant($"Of {profiles} profiles of {Voters} votes for one of two responses {ties} are tied ")
                    + Invariant($"({100.0 * ties / profiles:F1}% if all were equally likely) and {open} are not unanimous ")
                    + Invariant($"({100.0 * open / profiles:F1}%). Exceptions from majority, anonymity, ")
                    + Invariant($"neutrality and the use of the expert on ties only: {found.Exceptions}."));
    }
}

/// <summary>ADR section 4.2: a gain of ten points of win rate on a thousand test pairs.</summary>
internal sealed class Section42WinRate : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-WIN-TEST", Check)];

    private static Evidence Check(SpecContext context)
    {
        var pairs = (int)context.Printed("pairs").AsInput();
        var gain = context.Printed("gain").AsInput();
        var evidence = context.Evidence().Sample("pairs", pairs);
        var parts = new List<string>();

        // Ten points between the two sides is 55:45, ten points above one half is 60:40; the paper leaves open which is meant.
        foreach (var (reading, share) in new[] { ("between the sides", 50 + (gain / 2)), ("above one half", 50 + gain) })
        {
            var wins = (int)Math.Round(share / 100 * pairs);
            var interval = BinomialInterval.ClopperPearson(wins, pairs);
            var p = BinomialTest.TwoSided(wins, pairs);
            evidence.Value($"wins, {reading}", wins)
                .Value($"lower bound, {reading}", 100 * interval.Lower)
                .PValue($"binomial, {reading}", p)
                .RequireInterval($"win rate, {reading}", 100 * interval.Lower, 100 * interval.Upper, Side.Above, 50, "Clopper-Pearson");
            parts.Add(
                Invariant($"{wins}:{pairs - wins} ({reading}) has the exact interval {100 * interval.Lower:F1}% to ")
                    + Invariant($"{100 * interval.Upper:F1}% (p {p:G3})"));
        }

        return evidence.Explain(Invariant($"On {pairs} pairs {string.Join("; ", parts)}."));
    }
}

/// <summary>The test set of the win rates: <c>configs/adr/test-set.yaml</c>.</summary>
internal sealed record TestSetPlan
{
    /// <summary>Samples of all data sets together.</summary>
    public required int Samples { get; init; }

    /// <summary>Seed of the choice.</summary>
    public required long Seed { get; init; }

    /// <summary>Formats of the data sets, which share the samples in proportion to their sizes.</summary>
    public required IReadOnlyList<string> DataSets { get; init; }
}
