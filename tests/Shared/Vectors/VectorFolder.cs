namespace Repro.Tests.Shared.Vectors;

/// <summary>
/// Where the reference vectors are: the folder that <see cref="Variable"/> names, otherwise <c>fixtures/vectors</c> of the repository.
/// Another folder in the same
/// format takes the place of that one as a whole.
/// </summary>
internal static class VectorFolder
{
    public const string Variable = "REPRO_VECTORS";

    /// <summary>
    /// The folder. A variable that names a folder which is not there fails every test that reads it, rather than falling back.
    /// </summary>
    public static string Root => System.IO.Path.GetFullPath(Named ?? System.IO.Path.Combine(Repository(), "fixtures", "vectors"));

    private static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;

    /// <summary>Names of the topics in the folder, sorted.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    public static IReadOnlyList<string> Topics() => Folders();

    /// <summary>Names of the folders of a topic, sorted.</summary>
    /// <exception cref="DirectoryNotFoundException">The topic is not there.</exception>
    public static IReadOnlyList<string> Folders(params string[] topic) => Names(topic, Directory.EnumerateDirectories);

    /// <summary>Names, without extension, of the files of a topic, sorted.</summary>
    /// <exception cref="DirectoryNotFoundException">The topic is not there.</exception>
    public static IReadOnlyList<string> Files(string topic) => Names([topic], folder => Directory.EnumerateFiles(folder, "*.json"));

    /// <summary>The path of a file below the folder.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static IReadOnlyList<string> Names(string[] parts, Func<string, IEnumerable<string>> list)
    {
        var folder = Path(parts);
        return Directory.Exists(folder)
            ? [.. list(folder).Select(path => System.IO.Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)]
            : throw new DirectoryNotFoundException($"{folder}: no reference vectors there; {Variable} is {Named ?? "not set"}.");
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Repro.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Repro.sln above {AppContext.BaseDirectory}; set {Variable}.");
    }
}
