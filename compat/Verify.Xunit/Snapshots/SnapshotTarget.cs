namespace VerifyTests.Snapshots;

/// <summary>A target whose content is at hand: text with <c>\n</c> line ends, or bytes.</summary>
internal sealed record SnapshotTarget(string Extension, string? Name, string? Text, byte[]? Bytes)
{
    public static SnapshotTarget OfText(string extension, string text, string? name = null) =>
        new(extension, name, SnapshotText.Normalize(text), null);

    public static SnapshotTarget OfBytes(string extension, byte[] bytes, string? name = null) => new(extension, name, null, bytes);

    /// <summary>The part of the file name between prefix and kind, such as <c>#00</c>, for each of several targets.</summary>
    public static IReadOnlyList<string> Suffixes(IReadOnlyList<SnapshotTarget> targets)
    {
        var totals = targets.GroupBy(Key).ToDictionary(group => group.Key, group => group.Count());
        var seen = new Dictionary<(string?, string), int>();
        return targets.Select(target =>
        {
            var index = seen.GetValueOrDefault(Key(target));
            seen[Key(target)] = index + 1;
            var name = target.Name is { } given ? "#" + Naming.ParameterText.Clean(given) : string.Empty;
            var isOnly = totals[Key(target)] == 1;
            return (isOnly, name.Length) switch
            {
                (true, _) => name,
                (false, 0) => $"#{index:00}",
                (false, _) => $"{name}.{index:00}",
            };
        }).ToArray();
    }

    private static (string?, string) Key(SnapshotTarget target) => (target.Name, target.Extension);
}
