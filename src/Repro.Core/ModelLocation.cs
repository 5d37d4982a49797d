namespace Repro.Core;

/// <summary>
/// Finds a model in the folders that people name: the folder of its files, that of a run (<c>final</c> in it), or one of the Hugging Face
/// cache (<c>models--org--name</c> with <c>refs</c> and <c>snapshots</c>).
/// </summary>
public static class ModelLocation
{
    /// <summary>The file with every setting that each folder of a run has from its beginning.</summary>
    internal const string ResolvedSettings = "resolved.yaml";

    private const string Snapshots = "snapshots";

    private static readonly string[] _files = ["config.json", "adapter_config.json", "tokenizer.json", "tokenizer.model"];

    /// <summary>The folder that holds the files of a model, an adapter or a tokenizer; the folder itself where it leads nowhere.</summary>
    /// <param name="folder">What was named.</param>
    /// <exception cref="ReproException">It is that of a run that has not finished, or one of the cache that has no snapshot, or several
    /// without saying which is meant.</exception>
    public static string Find(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (Holds(folder))
        {
            return folder;
        }

        var final = Path.Combine(folder, "final");
        if (Holds(final))
        {
            return final;
        }

        if (File.Exists(Path.Combine(folder, ResolvedSettings)))
        {
            throw new ReproException($"{folder}: this run has not finished, so there is no model under 'final' yet; "
                + "'train' with --resume goes on with it.");
        }

        return Directory.Exists(Path.Combine(folder, Snapshots)) ? Snapshot(folder) : folder;
    }

    private static bool Holds(string folder) => Array.Exists(_files, name => File.Exists(Path.Combine(folder, name)));

    // refs/main has the name of the snapshot that "main" meant when it was last fetched.
    private static string Snapshot(string folder)
    {
        var main = Path.Combine(folder, "refs", "main");
        if (File.Exists(main))
        {
            var name = File.ReadAllText(main).Trim();
            var named = Path.Combine(folder, Snapshots, name);
            return name.Length > 0 && Path.GetFileName(name) == name && Directory.Exists(named)
                ? named
                : throw new ReproException($"{main}: the name of a folder under {Snapshots} was expected, found '{name}'.");
        }

        var all = Directory.GetDirectories(Path.Combine(folder, Snapshots));
        return all.Length == 1
            ? all[0]
            : throw new ReproException(
                Invariant($"{folder}: {all.Length} {Snapshots} and no refs/main that names one; name the folder of one of them."));
    }
}

/// <summary>Files that may be links to where their bytes are, as those of the Hugging Face cache are.</summary>
internal static class LinkedFile
{
    /// <summary>Bytes of a file; of a link, those of what it leads to.</summary>
    /// <exception cref="IOException">There is no such file, or links go round in circles.</exception>
    internal static long Length(string path) => Target(path).Length;

    /// <summary>A file; of a link, what it leads to.</summary>
    /// <exception cref="IOException">Links go round in circles.</exception>
    internal static FileInfo Target(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
    }
}
