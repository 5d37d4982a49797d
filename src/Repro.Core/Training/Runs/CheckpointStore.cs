using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Models.Safetensors;
using static TorchSharp.torch;

namespace Repro.Core.Training.Runs;

/// <summary>
/// The checkpoints of a run. One is written under a temporary name, flushed, renamed, and only then marked as whole with the size
/// and SHA-256 of each of its files, so that at any moment of a kill or power cut the newest marked one is a real state of the run.
/// </summary>
/// <param name="folder">Folder of all checkpoints.</param>
/// <param name="files">The file system.</param>
/// <param name="warn">Takes messages about checkpoints that are passed over.</param>
internal sealed class CheckpointStore(string folder, IRunFiles files, Action<string> warn)
{
    private const string Prefix = "step-";

    /// <summary>Writes a checkpoint and removes those that are too many.</summary>
    /// <param name="step">Number of steps that were done.</param>
    /// <param name="tensors">The state.</param>
    /// <param name="values">The rest of the state.</param>
    /// <param name="keep">Whole checkpoints to keep, at least 1.</param>
    internal void Save(long step, IReadOnlyDictionary<string, Tensor> tensors, JsonObject values, int keep)
    {
        var name = Path.Combine(folder, Invariant($"{Prefix}{step:D8}"));
        var partial = name + ".partial";
        files.CreateFolder(folder);
        files.DeleteFolder(partial);
        files.CreateFolder(partial);
        var seals = new SortedDictionary<string, FileSeal>(StringComparer.Ordinal)
        {
            [Checkpoint.TensorFile] = Write(
                Path.Combine(partial, Checkpoint.TensorFile), stream => SafetensorsWriter.Write(stream, tensors)),
            [Checkpoint.ValueFile] = Write(
                Path.Combine(partial, Checkpoint.ValueFile),
                stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(values, StepLog.Indented))),
        };
        files.SyncFolder(partial);

        // A checkpoint of this step that is already there was passed over as damaged, or lacks its marker.
        files.DeleteFolder(name);
        files.MoveFolder(partial, name);
        files.SyncFolder(folder);
        Mark(name, step, seals);
        Prune(step, keep);
    }

    /// <summary>The newest whole checkpoint, or null where none was ever finished.</summary>
    /// <exception cref="ReproException">There are finished checkpoints, but every one is damaged.</exception>
    internal Checkpoint? Newest()
    {
        var faults = new List<string>();
        foreach (var (step, path) in Finished())
        {
            if (Read(step, path, out var fault) is { } checkpoint)
            {
                foreach (var passed in faults)
                {
                    warn(Invariant($"{passed}; going on from the checkpoint of step {step} before it."));
                }

                return checkpoint;
            }

            faults.Add(Invariant($"the checkpoint of step {step} is damaged: {fault}"));
        }

        return faults.Count == 0
            ? null
            : throw new ReproException($"No checkpoint can be used: {string.Join("; ", faults)}. Remove {folder} to begin anew.");
    }

    /// <summary>Copies a checkpoint into the live tensors of a trainer.</summary>
    /// <exception cref="ReproException">Names, shapes or dtypes differ; nothing was copied then.</exception>
    internal static void Restore(Checkpoint checkpoint, ITrainer trainer)
    {
        using var file = SafetensorsFile.Open(checkpoint.Tensors);
        var state = trainer.StateTensors();
        var unknown = file.Entries.Keys.FirstOrDefault(name => !state.ContainsKey(name));
        if (unknown is not null)
        {
            throw new ReproException($"{checkpoint.Tensors}: tensor '{unknown}' is no part of the state of this run.");
        }

        foreach (var (name, tensor) in state)
        {
            if (!file.Entries.TryGetValue(name, out var entry))
            {
                throw new ReproException($"{checkpoint.Tensors}: there is no tensor '{name}'.");
            }

            if (entry.Dtype != tensor.dtype || !entry.Shape.SequenceEqual(tensor.shape))
            {
                throw new ReproException(
                    $"{checkpoint.Tensors}: tensor '{name}' is {entry.Dtype} [{InvariantText.Join(", ", entry.Shape)}], "
                        + $"this run has {tensor.dtype} [{InvariantText.Join(", ", tensor.shape)}].");
            }
        }

        foreach (var (name, tensor) in state)
        {
            file.CopyTo(name, tensor);
        }

        trainer.RestoreValues((JsonObject)checkpoint.Trainer.DeepClone());
    }

    /// <summary>Steps of the finished checkpoints, newest first.</summary>
    internal IEnumerable<(long Step, string Path)> Finished() => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateDirectories(folder, Prefix + "*")
            .Select(
                path =>
                    (Valid: long.TryParse(
                        Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step),
                    Step: step,
                    Path: path))
            .Where(entry => entry.Valid && File.Exists(Path.Combine(entry.Path, Checkpoint.MarkerFile)))
            .OrderByDescending(entry => entry.Step)
            .Select(entry => (entry.Step, entry.Path));

    private static Checkpoint? Read(long step, string path, out string? fault)
    {
        try
        {
            var marker = JsonNode.Parse(File.ReadAllBytes(Path.Combine(path, Checkpoint.MarkerFile)))?["files"]
                ?.Deserialize<Dictionary<string, FileSeal>>(StepLog.Compact);
            fault = marker is null || !marker.ContainsKey(Checkpoint.TensorFile) || !marker.ContainsKey(Checkpoint.ValueFile)
                ? $"{Path.Combine(path, Checkpoint.MarkerFile)} does not list its files"
                : marker.Select(entry => entry.Value.Fault(Path.Combine(path, entry.Key))).FirstOrDefault(found => found is not null);
            return fault is null
                ? new Checkpoint(step, path, (JsonObject)JsonNode.Parse(File.ReadAllBytes(Path.Combine(path, Checkpoint.ValueFile)))!)
                : null;
        }
        catch (Exception failure) when (
            failure is JsonException or IOException or UnauthorizedAccessException
                or InvalidCastException or InvalidOperationException or NullReferenceException)
        {
            fault = failure.Message;
            return null;
        }
    }

    private FileSeal Write(string path, Action<Stream> content)
    {
        using var stream = files.Create(path);
        using var hashing = new HashingStream(stream);
        content(hashing);
        files.Sync(stream);
        return hashing.Seal();
    }

    private void Mark(string name, long step, SortedDictionary<string, FileSeal> seals)
    {
        var marker = Path.Combine(name, Checkpoint.MarkerFile);
        Write(
            marker + ".partial",
            stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(new { step, files = seals }, StepLog.Indented)));
        files.MoveFile(marker + ".partial", marker);
        files.SyncFolder(name);
    }

    // What is unfinished goes as well: it was left by a kill and is never read. So do checkpoints of later steps: they were damaged, or the
    // run would have gone on from them.
    private void Prune(long newest, int keep)
    {
        var kept = Finished().Where(entry => entry.Step <= newest).Take(keep).Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateDirectories(folder, Prefix + "*").Where(path => !kept.Contains(path)).ToList())
        {
            files.DeleteFolder(path);
        }
    }
}

/// <summary>A whole checkpoint on disk.</summary>
/// <param name="Step">Number of steps that were done.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Values">What <see cref="ITrainer.StateValues"/> gave, under <c>trainer</c>, and the tokens so far.</param>
internal sealed record Checkpoint(long Step, string Folder, JsonObject Values)
{
    internal const string TensorFile = "tensors.safetensors";

    internal const string ValueFile = "values.json";

    internal const string MarkerFile = "complete.json";

    internal string Tensors => Path.Combine(Folder, TensorFile);

    internal JsonObject Trainer =>
        Values["trainer"] as JsonObject
            ?? throw new ReproException($"{Path.Combine(Folder, ValueFile)}: the values of the trainer are missing.");

    internal long Tokens => Values["tokens"] is JsonValue value && value.TryGetValue(out long tokens)
        ? tokens
        : throw new ReproException($"{Path.Combine(Folder, ValueFile)}: 'tokens' is missing.");
}

/// <summary>Hashes what goes through to another stream.</summary>
/// <param name="inner">Where the bytes go; not disposed here.</param>
internal sealed class HashingStream(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("The stream only goes forward.");
    }

    /// <summary>Size and hash of everything so far.</summary>
    internal FileSeal Seal() => new(_written, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    public override void Flush() => inner.Flush();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        _hash.AppendData(buffer);
        _written += buffer.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is for writing.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream only goes forward.");

    public override void SetLength(long value) => throw new NotSupportedException("The stream only goes forward.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
