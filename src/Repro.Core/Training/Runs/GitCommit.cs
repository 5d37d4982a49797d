namespace Repro.Core.Training.Runs;

/// <summary>The commit of a checkout, read from its files without running anything.</summary>
public static class GitCommit
{
    /// <summary>The first 12 digits of the commit, or null when it cannot be told.</summary>
    /// <param name="root">Root of the checkout.</param>
    public static string? Of(string root)
    {
        try
        {
            var git = Path.Combine(root, ".git");
            if (File.Exists(git))
            {
                git = Path.GetFullPath(Path.Combine(root, File.ReadAllText(git)["gitdir:".Length..].Trim()));
            }

            var head = File.ReadAllText(Path.Combine(git, "HEAD")).Trim();
            if (!head.StartsWith("ref: ", StringComparison.Ordinal))
            {
                return head[..12];
            }

            var common = Path.Combine(git, "commondir");
            var store = File.Exists(common) ? Path.GetFullPath(Path.Combine(git, File.ReadAllText(common).Trim())) : git;
            var reference = Path.Combine(store, head["ref: ".Length..]);
            return File.Exists(reference) ? File.ReadAllText(reference).Trim()[..12] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
