namespace Repro.Core.Data.Formats;

/// <summary>What a look at a data set found.</summary>
/// <param name="Format">Name of the format.</param>
/// <param name="Kind">What it was read as.</param>
/// <param name="Files">The files, with their sizes in bytes and their rows.</param>
/// <param name="Checked">Records that were read whole, from the beginning.</param>
/// <param name="LongestCharacters">UTF-16 units of the longest of them, prompt and answer together.</param>
/// <param name="MeanCharacters">Mean of the same; 0 where none was read.</param>
/// <param name="LeftOut">Rows that were left out on the way, by reason.</param>
public sealed record DatasetReport(
    string Format,
    string Kind,
    IReadOnlyList<(string Path, long Bytes, long Rows)> Files,
    int Checked,
    int LongestCharacters,
    double MeanCharacters,
    IReadOnlyDictionary<string, (long Count, string First)> LeftOut)
{
    /// <summary>Rows of all files. A row may give no record, or several.</summary>
    public long Rows => Files.Sum(file => file.Rows);

    /// <summary>One line for people.</summary>
    public override string ToString() =>
        Invariant($"{Format}: {Rows} rows in {Files.Count} {(Files.Count == 1 ? "file" : "files")}; the first {Checked} {Kind} are valid, {MeanCharacters:0} characters on average and {LongestCharacters} at most")
        + string.Concat(LeftOut.Select(reason => $"; {reason.Value.Count} left out: {reason.Key}"));
}
