using System.Globalization;
using System.Text;

namespace VerifyTests.Snapshots;

/// <summary>What a failed verification tells: the files, what differs in them, and how to accept.</summary>
internal static class FailureMessage
{
    private const int MaximumNewLines = 60;

    public static string Build(string directory, IReadOnlyList<SnapshotFile> files, bool omitContent)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Directory: {directory}\n");
        foreach (var state in new[] { SnapshotState.New, SnapshotState.NotEqual, SnapshotState.Delete, SnapshotState.Equal })
        {
            AddSection(text, state, files.Where(file => file.State == state).ToArray());
        }

        if (!omitContent)
        {
            text.Append("\nFileContent:\n");
            foreach (var file in files.Where(file => file.State is SnapshotState.New or SnapshotState.NotEqual))
            {
                text.Append('\n').Append(Content(file));
            }
        }

        return text.Append(Advice(files)).ToString();
    }

    private static void AddSection(StringBuilder text, SnapshotState state, SnapshotFile[] files)
    {
        if (files.Length == 0)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{state}:\n");
        foreach (var file in files)
        {
            text.Append(state == SnapshotState.Delete
                ? $"  - Verified: {Path.GetFileName(file.VerifiedPath)}\n"
                : $"  - Received: {Path.GetFileName(file.ReceivedPath)}\n    Verified: {Path.GetFileName(file.VerifiedPath)}\n");
        }
    }

    private static string Content(SnapshotFile file)
    {
        var received = Path.GetFileName(file.ReceivedPath);
        if (file.ReceivedText is null)
        {
            return $"Received: {received}\n(bytes)\n";
        }

        return file.VerifiedText is null
            ? $"Received: {received}\n{Head(file.ReceivedText)}\n"
            : $"Difference: {Path.GetFileName(file.VerifiedPath)} (-) to {received} (+)\n{TextDiff.Render(file.VerifiedText, file.ReceivedText)}\n";
    }

    private static string Head(string text)
    {
        var lines = text.Split('\n');
        return lines.Length <= MaximumNewLines
            ? text
            : string.Join('\n', lines.Take(MaximumNewLines)) + $"\n({lines.Length - MaximumNewLines} more lines are left out)";
    }

    private static string Advice(IReadOnlyList<SnapshotFile> files)
    {
        var commands = files.Select(file => file.State switch
        {
            SnapshotState.New or SnapshotState.NotEqual => $"  mv '{file.ReceivedPath}' '{file.VerifiedPath}'\n",
            SnapshotState.Delete => $"  rm '{file.VerifiedPath}'\n",
            _ => string.Empty,
        });
        return "\nIf what was received is right, accept it:\n" + string.Concat(commands);
    }
}
