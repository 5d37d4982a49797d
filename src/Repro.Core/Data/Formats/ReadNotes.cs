namespace Repro.Core.Data.Formats;

/// <summary>Counts the rows that a reader left out, by reason, so that nothing disappears silently. Not safe for several threads at once.</summary>
public sealed class ReadNotes
{
    private readonly SortedDictionary<string, (long Count, string First)> _reasons = new(StringComparer.Ordinal);

    /// <summary>Number of rows left out, and where the first of them stands, by reason.</summary>
    public IReadOnlyDictionary<string, (long Count, string First)> Reasons => _reasons;

    /// <summary>Rows left out for any reason.</summary>
    public long LeftOut => _reasons.Values.Sum(reason => reason.Count);

    internal void Add(string reason, string where) =>
        _reasons[reason] = _reasons.TryGetValue(reason, out var known) ? (known.Count + 1, known.First) : (1, where);
}
