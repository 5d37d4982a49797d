namespace Repro.Experiments.Claims;

/// <summary>Records, for one run of one spec, which printed numbers were targets and which were inputs, and which files were read.</summary>
internal sealed class UsageLog
{
    private readonly SortedSet<string> _inputs = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _targets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    internal IReadOnlyCollection<string> Inputs => _inputs;

    internal IReadOnlyCollection<string> Targets => _targets;

    internal IReadOnlyDictionary<string, string> Files => _files;

    internal void Input(string key) => _inputs.Add(key);

    internal void Target(string key) => _targets.Add(key);

    internal void File(string path, string sha256) => _files[path] = sha256;
}
