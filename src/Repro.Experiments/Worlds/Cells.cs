using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Worlds;

/// <summary>Names one training run by everything that it depends on.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Version">Version of its code: whoever changes what an arm does changes it.</param>
/// <param name="World">Parameters of the world.</param>
/// <param name="Arm">What is trained, and how.</param>
/// <param name="Seed">Seed of the world and of the run; arms are paired by it.</param>
internal sealed record CellKey(string Experiment, string Version, string World, string Arm, long Seed)
{
    /// <summary>All of it as one line.</summary>
    public string Text => Invariant($"{Experiment} | {Version} | {World} | {Arm} | seed {Seed}");

    /// <summary>The first 16 digits of the SHA-256 of <see cref="Text"/>.</summary>
    public string Hash => ReleaseHashes.Compute(Encoding.UTF8.GetBytes(Text))[..16];
}

/// <summary>What one training run gave.</summary>
/// <param name="Values">Numbers by name.</param>
/// <param name="Samples">Lists of qualities by name, see <see cref="Qualities"/>.</param>
internal sealed record CellResult(IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, string> Samples);

/// <summary>A run that can be made.</summary>
/// <param name="Key">What it is.</param>
/// <param name="Run">Makes it.</param>
internal sealed record Cell(CellKey Key, Func<CellContext, CellResult> Run);

/// <summary>What a run may use.</summary>
/// <param name="Store">Where finished runs lie; base models are taken from there.</param>
/// <param name="Folder">An empty folder of the run's own, kept with it.</param>
/// <param name="Cancellation">Ends it.</param>
internal sealed record CellContext(CellStore Store, string Folder, CancellationToken Cancellation)
{
    /// <summary>Size of the base models that it trains on.</summary>
    public BaseSize Base { get; init; } = BaseSize.Small;
}

/// <summary>
/// Finished runs, one folder a cell, named by the hash of its key. A run works in a folder of its own, whose last file is a marker with the
/// hash of the result, and takes its place among the finished ones whole. What a killed run left does not count, and several processes may
/// share a store, as the tasks of a job array do: of two that made the same run, the first one's stays. Threads of one process that want
/// the same run make it once.
/// </summary>
/// <param name="root">The folder of all.</param>
internal sealed class CellStore(string root)
{
    private const string ResultName = "cell.json";
    private const string MarkerName = "done";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly ConcurrentDictionary<string, CellResult> _found = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lock> _making = new(StringComparer.Ordinal);

    /// <summary>The folder of a cell.</summary>
    public string FolderOf(CellKey key) => Path.Combine(root, key.Experiment, key.Hash);

    /// <summary>The result of a finished cell, which is read once; null where it is to be made.</summary>
    /// <param name="key">The cell.</param>
    public CellResult? Find(CellKey key) =>
        _found.TryGetValue(key.Text, out var known) ? known
        : Read(key) is { } read ? _found[key.Text] = read
        : null;

    private CellResult? Read(CellKey key)
    {
        var (file, marker) = (Path.Combine(FolderOf(key), ResultName), Path.Combine(FolderOf(key), MarkerName));
        if (!File.Exists(file) || !File.Exists(marker))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(file);
        if (File.ReadAllText(marker).Trim() != ReleaseHashes.Compute(bytes))
        {
            return null;
        }

        var stored = JsonSerializer.Deserialize<StoredCell>(bytes);
        return stored?.Key == key.Text ? new CellResult(stored.Values, stored.Samples) : null;
    }

    /// <summary>The result of a cell, which is made where it is not there.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="cancellation">Ends the run.</param>
    public CellResult Get(Cell cell, CancellationToken cancellation)
    {
        // The base model of a seed is wanted by many runs; whoever comes second waits for the first.
        lock (_making.GetOrAdd(cell.Key.Hash, _ => new Lock()))
        {
            return Find(cell.Key) ?? Make(cell, cancellation);
        }
    }

    private CellResult Make(Cell cell, CancellationToken cancellation)
    {
        var folder = FolderOf(cell.Key) + "." + Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(folder);
        try
        {
            var result = cell.Run(new CellContext(this, folder, cancellation));
            var text = JsonSerializer.Serialize(new StoredCell(cell.Key.Text, result.Values, result.Samples), Indented);
            AtomicFile.WriteText(Path.Combine(folder, ResultName), text);
            AtomicFile.WriteText(Path.Combine(folder, MarkerName), ReleaseHashes.Compute(Encoding.UTF8.GetBytes(text)));
            return Publish(cell.Key, folder) ?? result;
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    // Null where the folder took its place; the result of another process that was there first.
    private CellResult? Publish(CellKey key, string folder)
    {
        var place = FolderOf(key);
        if (Directory.Exists(place) && Read(key) is null)
        {
            Directory.Delete(place, recursive: true);
        }

        try
        {
            Directory.Move(folder, place);
            return null;
        }
        catch (IOException) when (Find(key) is not null)
        {
            return Find(key);
        }
    }

    private sealed record StoredCell(string Key, IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, string> Samples);
}

/// <summary>Qualities of many responses as one short text: a letter each, to the nearest sixtieth.</summary>
internal static class Qualities
{
    private const int Parts = 60;
    private const char First = '0';

    public static string Write(IEnumerable<double> qualities) =>
        string.Concat(qualities.Select(quality => (char)(First + (int)Math.Round(quality * Parts, MidpointRounding.AwayFromZero))));

    public static double[] Read(string text) => [.. text.Select(letter => (letter - First) / (double)Parts)];

    /// <summary>The share of comparisons that the first side wins before the gold judge, a tie being half.</summary>
    /// <exception cref="ArgumentException">The lists differ in length or are empty.</exception>
    public static double WinRate(string first, string second) => first.Length == second.Length && first.Length > 0
        ? first.Zip(second, (a, b) => WorldJudge.Gold(a, b)).Average()
        : throw new ArgumentException("Two lists of equal length were expected.", nameof(second));
}
