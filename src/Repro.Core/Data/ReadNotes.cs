using System.Text.Json.Nodes;

namespace Repro.Core.Data;

/// <summary>Counts by reason what was not used as it stands in the data: rows left out, texts cut or changed; and says which data sets were
/// read as what. Not safe for several threads at once.</summary>
public sealed class ReadNotes
{
    private readonly SortedDictionary<string, (long Count, string First)> _leftOut = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (long Count, string First)> _changed = new(StringComparer.Ordinal);
    private readonly List<ReadSet> _sets = [];
    private readonly List<string> _remarks = [];

    /// <summary>Number of rows left out, and where the first of them stands, by reason; those of all data sets and of what came after
    /// reading.</summary>
    public IReadOnlyDictionary<string, (long Count, string First)> Reasons => Sum(_leftOut, _sets.Select(set => set.LeftOut));

    /// <summary>Number of rows that were cut or changed, and where the first of them stands, by reason.</summary>
    public IReadOnlyDictionary<string, (long Count, string First)> Changes => Sum(_changed, _sets.Select(set => set.Changed));

    /// <summary>Rows left out for any reason.</summary>
    public long LeftOut => Reasons.Values.Sum(reason => reason.Count);

    /// <summary>The data sets that were read whole.</summary>
    public IReadOnlyList<ReadSet> Sets => _sets;

    /// <summary>Everything for people, a line for each data set and one for each reason.</summary>
    public IReadOnlyList<string> Lines() =>
    [
        .. _sets.SelectMany(set => set.Lines()),
        .. Lines("left out", _leftOut, string.Empty),
        .. Lines("changed", _changed, string.Empty),
        .. _remarks,
    ];

    internal void Add(string reason, string where) => Count(_leftOut, reason, where);

    internal void Change(string what, string where) => Count(_changed, what, where);

    internal void Add(ReadSet set) => _sets.Add(set);

    /// <summary>Notes something about what is read that has no count, such as a default that was taken.</summary>
    internal void Remark(string line) => _remarks.Add(line);

    internal static IEnumerable<string> Lines(string verb, IEnumerable<KeyValuePair<string, (long Count, string First)>> reasons,
        string indent) =>
        reasons.Select(reason => Invariant($"{indent}{verb}: {reason.Value.Count:N0}: {reason.Key} (first: {reason.Value.First})"));

    /// <summary>Everything as it stands in <c>environment.json</c>.</summary>
    internal JsonObject ToJson() => new()
    {
        ["sets"] = new JsonArray([.. _sets.Select(set => set.ToJson())]),
        ["left_out"] = Json(_leftOut),
        ["changed"] = Json(_changed),
        ["remarks"] = new JsonArray([.. _remarks.Select(remark => JsonValue.Create(remark))]),
    };

    internal static JsonObject Json(IEnumerable<KeyValuePair<string, (long Count, string First)>> reasons) =>
        new(reasons.Select(reason => KeyValuePair.Create<string, JsonNode?>(
            reason.Key, new JsonObject { ["count"] = reason.Value.Count, ["first"] = reason.Value.First })));

    private static void Count(SortedDictionary<string, (long Count, string First)> reasons, string reason, string where) =>
        reasons[reason] = reasons.TryGetValue(reason, out var before) ? (before.Count + 1, before.First) : (1, where);

    private static SortedDictionary<string, (long Count, string First)> Sum(
        IEnumerable<KeyValuePair<string, (long Count, string First)>> own,
        IEnumerable<IReadOnlyDictionary<string, (long Count, string First)>> sets)
    {
        var sum = new SortedDictionary<string, (long Count, string First)>(StringComparer.Ordinal);
        foreach (var (reason, (count, first)) in sets.SelectMany(set => set).Concat(own))
        {
            sum[reason] = sum.TryGetValue(reason, out var before) ? (before.Count + count, before.First) : (count, first);
        }

        return sum;
    }
}

/// <summary>A data set that was read.</summary>
/// <param name="Path">File or folder.</param>
/// <param name="Format">Name of the format.</param>
/// <param name="DetectedBy">The columns by which the format was chosen; null where the settings name it.</param>
/// <param name="Kind">What it was read as.</param>
/// <param name="Train">Records to train on.</param>
/// <param name="HeldOut">Records to evaluate with.</param>
/// <param name="Unused">Records held out beyond the most that is kept.</param>
/// <param name="UnusedColumns">Columns of the first row that the format does not read.</param>
/// <param name="LeftOut">Rows left out, by reason, with the place of the first.</param>
/// <param name="Changed">Rows cut or changed, by reason, with the place of the first.</param>
public sealed record ReadSet(
    string Path,
    string Format,
    string? DetectedBy,
    string Kind,
    int Train,
    int HeldOut,
    int Unused,
    IReadOnlyList<string> UnusedColumns,
    IReadOnlyDictionary<string, (long Count, string First)> LeftOut,
    IReadOnlyDictionary<string, (long Count, string First)> Changed)
{
    /// <summary>How the format is named in messages.</summary>
    public string FormatShown => DetectedBy is null ? Format : $"{Format} (detected by {DetectedBy})";

    internal IEnumerable<string> Lines()
    {
        var kind = Train == 1 && Kind.EndsWith('s') ? Kind[..^1] : Kind;
        yield return Invariant($"{Path}: format {FormatShown}: {Train:N0} {kind} to train on, {HeldOut:N0} held out")
            + (Unused > 0 ? Invariant($", {Unused:N0} held out and not used (maximum_held_out)") : string.Empty)
            + (UnusedColumns.Count > 0 ? $"; columns not used: {string.Join(", ", UnusedColumns)}" : string.Empty);
        foreach (var line in ReadNotes.Lines("left out", LeftOut, "  ").Concat(ReadNotes.Lines("changed", Changed, "  ")))
        {
            yield return line;
        }
    }

    internal JsonObject ToJson() => new()
    {
        ["path"] = Path,
        ["format"] = Format,
        ["detected_by"] = DetectedBy,
        ["kind"] = Kind,
        ["train"] = Train,
        ["held_out"] = HeldOut,
        ["unused"] = Unused,
        ["columns_not_used"] = new JsonArray([.. UnusedColumns.Select(column => JsonValue.Create(column))]),
        ["left_out"] = ReadNotes.Json(LeftOut),
        ["changed"] = ReadNotes.Json(Changed),
    };
}
