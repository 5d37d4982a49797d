namespace Repro.Experiments.Procedures;

/// <summary>The time in which a setting had a value, as far as the revisions of the released repository tell.</summary>
/// <param name="From">First day, or null where the setting had the value from the start.</param>
/// <param name="Until">Last day, or null where it still has.</param>
public readonly record struct RevisionPeriod(DateOnly? From, DateOnly? Until)
{
    /// <summary>Whether both periods share more than the day on which one ends and the other begins.</summary>
    /// <param name="other">The other period.</param>
    public bool Overlaps(RevisionPeriod other)
    {
        var from = Later(From, other.From);
        var until = Earlier(Until, other.Until);
        return from is null || until is null || from < until;
    }

    /// <summary>In words, such as <c>before 2023-10-12</c>.</summary>
    public override string ToString() => (From, Until) switch
    {
        (null, null) => "in all revisions",
        (null, { } until) => Invariant($"before {until:yyyy-MM-dd}"),
        ({ } from, null) => Invariant($"since {from:yyyy-MM-dd}"),
        ({ } from, { } until) => Invariant($"from {from:yyyy-MM-dd} to {until:yyyy-MM-dd}"),
    };

    private static DateOnly? Later(DateOnly? a, DateOnly? b) => a is null || b > a ? b : a;

    private static DateOnly? Earlier(DateOnly? a, DateOnly? b) => a is null || b < a ? b : a;
}
