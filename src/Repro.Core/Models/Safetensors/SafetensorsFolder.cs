using System.Text.Json;
using static TorchSharp.torch;

namespace Repro.Core.Models.Safetensors;

/// <summary>The weights of a model folder: one <c>model.safetensors</c>, or shards with <c>model.safetensors.index.json</c>.</summary>
public sealed class SafetensorsFolder : IDisposable
{
    /// <summary>Name of the only file of an unsharded model.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>Name of the index of a sharded model.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);

    private SafetensorsFolder(string folder)
    {
        Folder = folder;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _fileOf.Keys;

    /// <summary>Opens the weights of a folder.</summary>
    /// <param name="folder">A folder in the Hugging Face layout.</param>
    /// <exception cref="ReproException">There are no weights, a file is not valid, or the index and the shards disagree.</exception>
    public static SafetensorsFolder Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = ModelLocation.Find(folder);
        var opened = new SafetensorsFolder(folder);
        try
        {
            // A single file counts before an index, as in transformers: the index may be left over from a model of many files.
            var index = Path.Combine(folder, IndexName);
            if (File.Exists(Path.Combine(folder, SingleName)))
            {
                opened.Add(SingleName);
            }
            else if (File.Exists(index))
            {
                opened.AddShards(index);
            }
            else
            {
                throw new ReproException(
                    $"{folder}: neither {SingleName} nor {IndexName} is there; weights in other formats are not read.");
            }

            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Paths of the files that <see cref="Open"/> takes weights from, in order of their names; there may be none.</summary>
    /// <param name="folder">The folder of the files.</param>
    /// <exception cref="ReproException">The index is not valid.</exception>
    internal static IReadOnlyList<string> FilesOf(string folder)
    {
        var (single, index) = (Path.Combine(folder, SingleName), Path.Combine(folder, IndexName));
        return File.Exists(single) ? [single]
            : File.Exists(index) ? [.. Shards(ReadIndex(index)).Select(shard => Path.Combine(folder, shard))]
            : [];
    }

    /// <summary>Writes tensors as one file, or as shards with an index where they exceed a size.</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="shardBytes">Most bytes of data in one file; a larger tensor gets a file of its own.</param>
    public static void Write(string folder, IReadOnlyDictionary<string, Tensor> tensors, long shardBytes = 5_000_000_000)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardBytes);
        Directory.CreateDirectory(folder);
        var shards = new List<Dictionary<string, Tensor>> { new(StringComparer.Ordinal) };
        var used = 0L;
        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var bytes = SafetensorsWriter.BytesOf(tensor);
            if (used > 0 && used + bytes > shardBytes)
            {
                shards.Add(new(StringComparer.Ordinal));
                used = 0;
            }

            shards[^1].Add(name, tensor);
            used += bytes;
        }

        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, SingleName), shards[0]);
            File.Delete(Path.Combine(folder, IndexName));
            return;
        }

        var weightMap = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var file = Invariant($"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            SafetensorsWriter.Write(Path.Combine(folder, file), shards[i]);
            foreach (var name in shards[i].Keys)
            {
                weightMap.Add(name, file);
            }
        }

        var index = new { metadata = new { total_size = tensors.Values.Sum(SafetensorsWriter.BytesOf) }, weight_map = weightMap };
        File.WriteAllText(Path.Combine(folder, IndexName), JsonSerializer.Serialize(index));
        File.Delete(Path.Combine(folder, SingleName));
    }

    /// <summary>Whether a tensor is there.</summary>
    /// <param name="name">Its name.</param>
    public bool Contains(string name) => _fileOf.ContainsKey(name);

    /// <summary>What the header says of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ReproException">There is no such tensor.</exception>
    public SafetensorsEntry Entry(string name) => FileOf(name).Entries[name];

    /// <summary>Names of the files that hold the weights, without the folder.</summary>
    internal IReadOnlyList<string> Files => [.. _files.Select(file => Path.GetFileName(file.Path))];

    /// <inheritdoc cref="SafetensorsFile.Read"/>
    public Tensor Read(string name) => FileOf(name).Read(name);

    /// <inheritdoc cref="SafetensorsFile.CopyTo"/>
    public void CopyTo(string name, Tensor target) => FileOf(name).CopyTo(name, target);

    /// <summary>Closes all files.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private SafetensorsFile FileOf(string name) =>
        _fileOf.TryGetValue(name, out var file) ? file : throw new ReproException($"{Folder}: there is no tensor '{name}'.");

    private void AddShards(string index)
    {
        var shardOf = ReadIndex(index);
        foreach (var shard in Shards(shardOf))
        {
            Add(shard);
        }

        foreach (var (name, shard) in shardOf)
        {
            if (!_fileOf.TryGetValue(name, out var file) || Path.GetFileName(file.Path) != shard)
            {
                throw new ReproException($"{index}: tensor '{name}' should be in {shard} and is not.");
            }
        }

        var unlisted = _fileOf.Keys.FirstOrDefault(name => !shardOf.ContainsKey(name));
        if (unlisted is not null)
        {
            throw new ReproException($"{index}: tensor '{unlisted}' of {_fileOf[unlisted].Path} is not listed.");
        }
    }

    private static IEnumerable<string> Shards(Dictionary<string, string> shardOf) =>
        shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static Dictionary<string, string> ReadIndex(string index)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index), new JsonDocumentOptions { MaxDepth = 16 });
            var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                var shard = member.Value.GetString();
                if (string.IsNullOrEmpty(shard) || Path.GetFileName(shard) != shard)
                {
                    throw new ReproException($"{index}: the file of tensor '{member.Name}' must be a plain file name, found '{shard}'.");
                }

                if (!shardOf.TryAdd(member.Name, shard))
                {
                    throw new ReproException($"{index}: tensor '{member.Name}' is listed twice.");
                }
            }

            return shardOf;
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            throw new ReproException(
                $"{index}: an object with weight_map, from tensor names to file names, was expected: {failure.Message}", failure);
        }
    }

    private void Add(string name)
    {
        var file = SafetensorsFile.Open(Path.Combine(Folder, name));
        _files.Add(file);
        foreach (var tensor in file.Entries.Keys)
        {
            if (!_fileOf.TryAdd(tensor, file))
            {
                throw new ReproException($"{file.Path}: tensor '{tensor}' is also in {_fileOf[tensor].Path}.");
            }
        }
    }
}
