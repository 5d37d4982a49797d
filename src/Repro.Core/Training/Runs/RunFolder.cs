using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Configuration;
using Repro.Core.Data;

namespace Repro.Core.Training.Runs;

/// <summary>
/// The folder of a run: <c>config.yaml</c> as given, <c>resolved.yaml</c> with every default, <c>environment.json</c>,
/// <c>metrics.jsonl</c>, an event file for TensorBoard, <c>samples.jsonl</c>, <c>checkpoints/</c>, <c>card.md</c> with
/// <c>curves.svg</c>, and at the end <c>final/</c>. One process at a time works in it.
/// </summary>
public sealed class RunFolder : IDisposable
{
    // Settings that change when something is written, never what is trained.
    private const string FreeKeys = "run.";

    // The one other key that may grow from session to session: it only adds steps, unless the schedule depends on their number.
    private const string EpochsKey = "epochs";

    private readonly FileStream _lock;
    private readonly TimeProvider _clock;

    private readonly IReadOnlyList<string> _made;
    private readonly bool _isNew;

    private RunFolder(string path, StageConfig config, IRunFiles files, Begun begun, TimeProvider clock)
    {
        (Path, Config, Files, _clock) = (path, config, files, clock);
        (_lock, _made, _isNew) = begun;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The settings of the run.</summary>
    public StageConfig Config { get; }

    /// <summary>Takes what the stage reads; it stands in the run's records from its first step on.</summary>
    public ReadNotes Data { get; } = new();

    /// <summary>What should be shown before the run starts, such as another environment than before.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    internal IRunFiles Files { get; }

    internal string Final => File("final");

    internal string Checkpoints => File("checkpoints");

    /// <summary>Makes a folder for a new run, or opens that of an earlier one.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">The settings.</param>
    /// <param name="given">The text of the configuration file; null when there was none.</param>
    /// <param name="resume">Whether to go on with the run that is there; where none was begun yet, one begins.</param>
    /// <param name="cancellation">Stops the hashing of data files.</param>
    /// <exception cref="ReproException">The folder holds a run and <paramref name="resume"/> is false, it holds a run with other settings
    /// or data, another process works in it, or it cannot be written.</exception>
    public static RunFolder Open(
        string path, StageConfig config, string? given = null, bool resume = false, CancellationToken cancellation = default) =>
        Open(path, config, given, resume, new DiskFiles(), TimeProvider.System, cancellation);

    /// <summary>Unlocks the folder for other processes.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Takes away what <see cref="Open(string, StageConfig, string?, bool, CancellationToken)"/> made, where it was refused before
    /// a first session. What was there before stays.</summary>
    /// <returns>Whether nothing is left of it; then the folder is closed.</returns>
    public bool Discard()
    {
        if (!_isNew)
        {
            return false;
        }

        try
        {
            if (!IsFree(Path))
            {
                return false;
            }

            Dispose();
            Array.ForEach(Prepared, name => System.IO.File.Delete(File(name)));
            foreach (var made in _made)
            {
                Directory.Delete(made);
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ReproException)
        {
            // Why it was refused is what the user has to see.
            return false;
        }
    }

    internal static RunFolder Open(
        string path, StageConfig config, string? given, bool resume, IRunFiles files, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(config);
        path = System.IO.Path.GetFullPath(path);
        try
        {
            if (!resume && Directory.Exists(path) && !IsFree(path))
            {
                throw new ReproException(System.IO.File.Exists(System.IO.Path.Combine(path, ResolvedName))
                    ? $"{path} already holds a run: --resume goes on with it, or choose another folder with --out."
                    : $"{path} is not empty: choose another folder with --out.");
            }

            var made = Missing(path);
            var isNew = made.Count > 0 || !Directory.EnumerateFileSystemEntries(path).Any();
            files.CreateFolder(path);
            var folder = new RunFolder(path, config, files, new Begun(Lock(path), made, isNew), clock);
            try
            {
                folder.Prepare(given, cancellation);
                return folder;
            }
            catch
            {
                folder.Discard();
                folder.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: the folder of the run cannot be written: {failure.Message}", failure);
        }
    }

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file so that it is either the old or the new one, whole.</summary>
    internal void Replace(string name, string content)
    {
        var path = File(name);
        using (var stream = Files.Create(path + ".partial"))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(content));
            Files.Sync(stream);
        }

        Files.MoveFile(path + ".partial", path);
        Files.SyncFolder(Path);
    }

    /// <summary>Writes where this session works, after those before it.</summary>
    internal void AddSession(RunSession session)
    {
        var sessions = Environment()["sessions"]!.AsArray();
        if (sessions.Count > 0 && session.Difference(sessions[^1].Deserialize<RunSession>(StepLog.Compact)!) is { } difference)
        {
            Warnings = [.. Warnings, difference];
        }

        var environment = Environment();
        environment["data"] = Data.ToJson();
        environment["sessions"]!.AsArray().Add(JsonSerializer.SerializeToNode(session, StepLog.Compact));
        Replace(EnvironmentName, environment.ToJsonString(StepLog.Indented) + "\n");
    }

    /// <summary>Writes an error, the step and the last metrics into <c>environment.json</c> and <c>card.md</c>.</summary>
    /// <param name="failure">Why the run ended.</param>
    /// <param name="totalSteps">Steps of the whole run; null where they are not known yet.</param>
    /// <returns>Whether they could be written: not where the disk is full.</returns>
    public bool RecordFailure(Exception failure, long? totalSteps = null)
    {
        ArgumentNullException.ThrowIfNull(failure);
        try
        {
            var environment = Environment();
            var last = RunRecord.LinesOf(File(RunLogs.MetricFile)).LastOrDefault(line => !line.IsEvaluation);
            var failures = environment["failures"] as JsonArray ?? [];
            environment["failures"] = failures;
            failures.Add(new JsonObject
            {
                ["time"] = Now(_clock),
                ["session"] = environment["sessions"]!.AsArray().Count,
                ["step"] = last?.Step ?? 0,
                ["error"] = failure is ReproException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}",
                ["metrics"] = RunLogs.Numbers(last?.Metrics ?? new Dictionary<string, double>()),
            });
            Replace(EnvironmentName, environment.ToJsonString(StepLog.Indented) + "\n");
            RunCard.Write(this, last?.Step ?? 0, totalSteps);
            return true;
        }
        catch (Exception second) when (second is not OutOfMemoryException)
        {
            // The first failure is what the user has to see.
            return false;
        }
    }

    internal JsonObject Environment() => Environment(Path);

    private static JsonObject Environment(string path)
    {
        var file = System.IO.Path.Combine(path, EnvironmentName);
        try
        {
            return (JsonObject)JsonNode.Parse(System.IO.File.ReadAllBytes(file))!;
        }
        catch (Exception failure) when (failure is JsonException or InvalidCastException)
        {
            throw new ReproException($"{file}: is not what a run writes: {failure.Message}", failure);
        }
    }

    private const string LockName = "lock";
    private const string ResolvedName = "resolved.yaml";
    private const string EnvironmentName = "environment.json";

    private static readonly string[] Prepared = [LockName, "config.yaml", EnvironmentName, ResolvedName, RunCard.Name];

    private static string Now(TimeProvider clock) => clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // Empty, or left by a run that ended before its first session: while its model was loaded, for instance.
    private static bool IsFree(string path)
    {
        var names = Directory.EnumerateFileSystemEntries(path).Select(System.IO.Path.GetFileName).ToList();
        return names.TrueForAll(name => name == LockName)
            || (names.TrueForAll(name => Prepared.Contains(name)) && names.Contains(EnvironmentName)
                && Environment(path)["sessions"] is JsonArray { Count: 0 });
    }

    // The folders that must be made for a path, the innermost first.
    private static List<string> Missing(string path)
    {
        var missing = new List<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = System.IO.Path.GetDirectoryName(folder))
        {
            missing.Add(folder);
        }

        return missing;
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (
            failure.GetType() == typeof(IOException) && System.IO.File.Exists(System.IO.Path.Combine(path, LockName)))
        {
            throw new ReproException($"{path}: another process works in this folder ({failure.Message}).", failure);
        }
    }

    // The resolved settings are written last: with them the folder counts as begun.
    private void Prepare(string? given, CancellationToken cancellation)
    {
        var resolved = ConfigWriter.Write(Config);
        var inputs = RunInputs.Read(ConfigPaths.Find(Config), cancellation);
        if (System.IO.File.Exists(File(ResolvedName)) && !IsFree(Path))
        {
            RequireSameSettings();
            RequireSameInputs(inputs);
            Replace(ResolvedName, resolved);
            return;
        }

        Replace("config.yaml", given ?? resolved);
        Replace(EnvironmentName, new JsonObject
        {
            ["created"] = Now(_clock),
            ["sessions"] = new JsonArray(),
            ["files"] = JsonSerializer.SerializeToNode(inputs, StepLog.Compact),
        }.ToJsonString(StepLog.Indented) + "\n");
        Replace(ResolvedName, resolved);
    }

    private void RequireSameSettings()
    {
        var before = ConfigFlat.Flatten(System.IO.File.ReadAllText(File(ResolvedName)), File(ResolvedName));
        if (OldKeys.Among(before.Keys) is { Count: > 0 } old)
        {
            throw new ReproException(
                $"{Path}: the run was begun by a version with other names of settings ({old[0]} now) and cannot be resumed by this one. "
                    + "Begin another run with --out.");
        }

        var now = ConfigWriter.Flatten(Config);
        foreach (var key in now.Keys.Concat(before.Keys).Distinct().Where(key => !key.StartsWith(FreeKeys, StringComparison.Ordinal)))
        {
            var (was, wants) = (before.GetValueOrDefault(key), now.GetValueOrDefault(key));
            if (was != wants && key == EpochsKey)
            {
                RequireExtension(was, wants);
            }
            else if (was != wants)
            {
                throw new ReproException(
                    $"{Path}: the run was begun with {key}: {was ?? "(not there)"}, now it is {wants ?? "(not there)"}. "
                        + "Resume with the same settings, or begin another run with --out.");
            }
        }
    }

    private void RequireExtension(string? was, string? wants)
    {
        if (!double.TryParse(was, NumberStyles.Float, CultureInfo.InvariantCulture, out var before)
            || !double.TryParse(wants, NumberStyles.Float, CultureInfo.InvariantCulture, out var now) || now < before)
        {
            throw new ReproException($"{Path}: the run was begun with {EpochsKey}: {was}, now it is {wants}. "
                + "A run can be extended, not shortened: run.maximum_steps ends it early. Resume with at least as many, "
                + "or begin another run with --out.");
        }

        if (Config.Schedule.DependsOnLength())
        {
            throw new ReproException($"{Path}: the run was begun with {EpochsKey}: {was}, now it is {wants}, "
                + "and its learning rates depend on the number of steps: more epochs would change those of the steps that are done. "
                + "Only a schedule that is constant or inverse_sqrt, with warmup_ratio 0, "
                + $"can be extended. Begin another run with --out that starts from {Final}.");
        }

        var extended = $"the run was begun with {EpochsKey}: {was} and is extended to {wants}; "
            + "the learning rates of the steps that are done stay the same.";
        Warnings = [.. Warnings, extended];
    }

    private void RequireSameInputs(SortedDictionary<string, InputFile> now)
    {
        var before = Environment()["files"].Deserialize<Dictionary<string, InputFile>>(StepLog.Compact) ?? [];
        foreach (var path in now.Keys.Union(before.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (was, file) = (before.GetValueOrDefault(path), now.GetValueOrDefault(path));
            if (was is null || file is null)
            {
                throw new ReproException(was is null
                    ? $"{path} ({file!.Key}) was not there when the run was begun. Take it away, or begin another run with --out."
                    : $"{path} ({was.Key}) was there when the run was begun and is missing now. "
                        + "Put it back, or begin another run with --out.");
            }

            if (was != file)
            {
                throw new ReproException(Invariant(
                    $"{path} ({file.Key}) is not the file that the run was begun with: ")
                    + Invariant($"{was.Bytes} bytes, SHA-256 {was.Sha256[..12]}, then; {file.Bytes}, {file.Sha256[..12]}, now."));
            }
        }
    }

    // The lock, the folders that were made for it, and whether nothing was in the folder before.
    private sealed record Begun(FileStream Lock, IReadOnlyList<string> Made, bool IsNew);
}
