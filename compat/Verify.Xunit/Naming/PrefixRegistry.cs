using System.Collections.Concurrent;

namespace VerifyTests.Naming;

/// <summary>Remembers the prefixes of a run: two verifications that share one would overwrite each other's files.</summary>
internal static class PrefixRegistry
{
    private static readonly ConcurrentDictionary<string, string> Used = new(StringComparer.Ordinal);

    public static void Claim(FilePrefix prefix, RunningTest test)
    {
        var name = $"{test.TypeName}.{test.Method.Name}";
        var path = Path.Combine(prefix.Directory, prefix.Name);
        if (!Used.TryAdd(path, name))
        {
            throw new InvalidOperationException(
                $"The snapshot prefix '{path}' was already used in this run by {Used[path]}. Tell them apart with UseMethodName, UseParameters, "
                + "UseTextForParameters or UseFileName, or call DisableRequireUniquePrefix.");
        }
    }
}
