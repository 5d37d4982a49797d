using Repro.Core.Data.Files;
using Repro.Core.Data.Records;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Formats;

/// <summary>Replies rated for five properties from 0 to 4: rows with <c>prompt</c>, <c>response</c> and one key for each property.</summary>
public static class HelpSteer
{
    internal const string Set = "helpsteer";

    /// <summary>The highest rating.</summary>
    public const int Highest = 4;

    /// <summary>The rated properties.</summary>
    public static IReadOnlyList<string> Properties { get; } = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];

    /// <summary>The replies with their ratings divided by the highest one, so that labels run from 0 to 1.</summary>
    /// <param name="path">A .jsonl or .jsonl.gz file.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>Rows without a score.</returns>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<RatedReply> Ratings(string path, CancellationToken cancellation = default) =>
        from row in JsonRows.Read(path, cancellation)
        let prompt = row.Content("prompt")
        select new RatedReply(
            new(Set, Origin.GroupOf(prompt), row.LineName),
            [new(ChatRole.User, prompt)],
            row.Text("response"),
            Properties.ToDictionary(name => name, name => row.Whole(name, 0, Highest) / (double)Highest, StringComparer.Ordinal),
            null);
}
