namespace Repro.Core.Evaluation.Voting;

/// <summary>Verdict of a panel whose members vote for one option each; an expert settles what they leave open (ADR Section 4.2).</summary>
public static class MajorityVote
{
    /// <summary>The option with the most votes, or that of the expert where the rule asks for one.</summary>
    /// <param name="votes">One option a voter, at least one voter; their order does not matter.</param>
    /// <param name="expert">Asked only where the rule needs an expert. The answer may be an option that nobody voted for.</param>
    /// <param name="rule">When the expert decides.</param>
    /// <typeparam name="T">Type of the options, compared for equality.</typeparam>
    /// <exception cref="ArgumentException">There is no vote, or the rule is unknown.</exception>
    public static PanelVerdict<T> Decide<T>(IReadOnlyCollection<T> votes, Func<T> expert, ExpertRule rule = ExpertRule.OnTie)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(votes);
        ArgumentNullException.ThrowIfNull(expert);
        if (votes.Count == 0)
        {
            throw new ArgumentException("a panel needs at least one vote.", nameof(votes));
        }

        var counts = votes.CountBy(vote => vote).ToDictionary();
        var most = counts.Values.Max();
        var isOpen = rule switch
        {
            ExpertRule.OnTie => counts.Values.Count(count => count == most) > 1,
            ExpertRule.WithoutConsensus => counts.Count > 1,
            _ => throw new ArgumentOutOfRangeException(nameof(rule), $"rule {rule} is not known."),
        };
        var choice = isOpen ? expert() : counts.Single(pair => pair.Value == most).Key;
        return new PanelVerdict<T>(choice, counts.GetValueOrDefault(choice), isOpen);
    }
}

/// <summary>When the verdict of a panel is left to an expert.</summary>
public enum ExpertRule
{
    /// <summary>When two or more options share the most votes.</summary>
    OnTie,

    /// <summary>When the votes are not unanimous.</summary>
    WithoutConsensus,
}

/// <summary>What a panel decided.</summary>
/// <param name="Choice">The option that won.</param>
/// <param name="Votes">Votes for it; the expert's is not counted.</param>
/// <param name="ByExpert">Whether the expert decided.</param>
/// <typeparam name="T">Type of the options.</typeparam>
public sealed record PanelVerdict<T>(T Choice, int Votes, bool ByExpert);
