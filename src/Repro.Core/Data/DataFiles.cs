namespace Repro.Core.Data;

/// <summary>Finds the files of a data set.</summary>
public static class DataFiles
{
    private static readonly string[] Endings =
    [
        ".jsonl", ".jsonl.gz", ".jsonl.zst", ".json", ".json.gz", ".json.zst", ".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".tsv.zst",
            ".parquet",
    ];

    // Only where a folder has no other data: a licence or a description often lies beside them.
    private static readonly string[] TextEndings = [".txt", ".txt.gz", ".txt.zst"];

    /// <summary>The files that a setting means.</summary>
    /// <param name="path">A file, or a folder that holds data files.</param>
    /// <param name="part">Of a folder only: a word of the file names, such as <c>train</c>; null where the folder has one data
    /// file.</param>
    /// <returns>At least one file; those of a folder sorted by name.</returns>
    /// <exception cref="ReproException">There is nothing, or a folder leaves open which of its files is meant.</exception>
    public static IReadOnlyList<string> Find(string path, string? part = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            return part is null
                ? [path]
                : throw new ReproException($"{path}: a part ('{part}') of a folder was asked for; this is a file.");
        }

        if (!Directory.Exists(path))
        {
            var home = path.Split('/', '\\').Contains("~") ? "; '~' stands for no folder here, write the whole path or ${HOME}"
                : string.Empty;
            throw new ReproException($"{path}: no such file or folder{home}.");
        }

        var files = Ending(path, Endings);
        files = files.Count > 0 ? files : Ending(path, TextEndings);
        var names = string.Join(", ", files.Select(Path.GetFileName));
        if (files.Count == 0)
        {
            throw new ReproException($"{path}: the folder holds no data file ({string.Join(", ", [.. Endings, .. TextEndings])}).");
        }

        var chosen = part is null ? files : files.FindAll(file => HasWord(Path.GetFileName(file), part));
        return chosen.Count == 0
            ? throw new ReproException($"{path}: no data file of the part '{part}'; the folder holds {names}.")
            : part is null && chosen.Count > 1
                ? throw new ReproException(
                    $"{path}: the folder holds several data files ({names}); name one of them, or a part such as 'train'.")
            : chosen;
    }

    private static List<string> Ending(string folder, string[] endings)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder)
                .Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable(folder, failure);
        }
    }

    private static bool HasWord(string name, string word)
    {
        for (var at = name.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0; at =
            name.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsLetterOrDigit(name[at - 1])) && (end == name.Length || !char.IsLetterOrDigit(name[end])))
            {
                return true;
            }
        }

        return false;
    }
}
