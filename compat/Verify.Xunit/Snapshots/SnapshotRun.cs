using System.Text;
using VerifyTests.Naming;
using VerifyTests.Scrubbing;
using VerifyTests.Serialization;

namespace VerifyTests.Snapshots;

/// <summary>One verification: turns targets into files, compares them with the accepted ones and reports.</summary>
internal sealed class SnapshotRun
{
    private readonly RunningTest _test;
    private readonly VerifySettings _settings;
    private readonly GlobalSettings _global = GlobalSettings.Current;
    private readonly ValueNumbers _numbers = new();
    private readonly FilePrefix _prefix;

    public SnapshotRun(RunningTest test, VerifySettings settings)
    {
        _test = test;
        _settings = settings;
        _global.Fix();
        _prefix = FilePrefix.For(test, settings, _global);
        if (!settings.AllowsSharedPrefix && !_global.AllowsSharedPrefix)
        {
            PrefixRegistry.Claim(_prefix, test);
        }
    }

    /// <summary>The target for an object: text as it is, simple values as plain text, everything else serialised.</summary>
    public SnapshotTarget TargetOf(object? value)
    {
        var rules = new EffectiveRules(_settings.Rules, _global.Rules);
        var writer = new ObjectWriter(rules, _numbers, _settings.StrictJson);
        if (_settings.Appended.Count > 0)
        {
            var members = new List<KeyValuePair<string, object?>> { new("target", value) };
            members.AddRange(_settings.Appended.Select(pair => new KeyValuePair<string, object?>(pair.Key, pair.Value)));
            return SnapshotTarget.OfText(ObjectExtension, writer.WriteOrdered(members));
        }

        return value switch
        {
            null => SnapshotTarget.OfText("txt", "null"),
            string { Length: 0 } => SnapshotTarget.OfText("txt", "emptyString"),
            _ => writer.TryWriteRoot(value) is { } text
                ? SnapshotTarget.OfText("txt", text)
                : SnapshotTarget.OfText(ObjectExtension, writer.Write(value)),
        };
    }

    /// <exception cref="VerifyException">A file is new, differs or is no longer produced.</exception>
    public async Task<VerifyResult> CompareAsync(object? root, IReadOnlyList<SnapshotTarget> targets)
    {
        foreach (var stale in _prefix.Existing("received"))
        {
            File.Delete(stale);
        }

        var files = new List<SnapshotFile>();
        var suffixes = SnapshotTarget.Suffixes(targets);
        for (var index = 0; index < targets.Count; index++)
        {
            files.Add(await CompareAsync(targets[index], suffixes[index]).ConfigureAwait(false));
        }

        var produced = files.Select(file => file.VerifiedPath).ToHashSet(StringComparer.Ordinal);
        files.AddRange(_prefix.Existing("verified").Where(path => !produced.Contains(path))
            .Select(path => new SnapshotFile(SnapshotState.Delete, path, path, null, null)));

        Conclude(files);
        var kept = files.Where(file => file.State != SnapshotState.Delete).ToArray();
        return new VerifyResult(
            kept.Select(file => file.VerifiedPath).ToArray(),
            kept.Where(file => file.ReceivedText is not null).Select(file => file.VerifiedPath).ToArray(),
            root);
    }

    private string ObjectExtension => _settings.StrictJson ? "json" : "txt";

    private async Task<SnapshotFile> CompareAsync(SnapshotTarget target, string suffix)
    {
        var receivedPath = _prefix.PathOf("received", suffix, target.Extension);
        var verifiedPath = _prefix.PathOf("verified", suffix, target.Extension);
        var isNew = !File.Exists(verifiedPath) || new FileInfo(verifiedPath).Length == 0;
        if (target.Text is null)
        {
            var bytes = target.Bytes!;
            var accepted = isNew ? [] : await File.ReadAllBytesAsync(verifiedPath).ConfigureAwait(false);
            var isEqual = !isNew && bytes.AsSpan().SequenceEqual(accepted);
            if (!isEqual)
            {
                Directory.CreateDirectory(_prefix.Directory);
                await File.WriteAllBytesAsync(receivedPath, bytes).ConfigureAwait(false);
            }

            return new SnapshotFile(State(isNew, isEqual), receivedPath, verifiedPath, null, null);
        }

        var received = Scrub(target.Extension, target.Text);
        var verified = isNew ? null : SnapshotText.Read(verifiedPath);
        var isSame = verified is not null && SnapshotText.AreEqual(received, verified);
        if (!isSame)
        {
            SnapshotText.Write(receivedPath, received, _global.WritesByteOrderMark);
        }

        return new SnapshotFile(State(isNew, isSame), receivedPath, verifiedPath, received, verified);
    }

    private static SnapshotState State(bool isNew, bool isEqual) =>
        isEqual ? SnapshotState.Equal : isNew ? SnapshotState.New : SnapshotState.NotEqual;

    private string Scrub(string extension, string text)
    {
        if (_settings.ScrubbersDisabled)
        {
            return text;
        }

        var builder = new StringBuilder(text);
        _settings.Scrubbers.Apply(extension, builder, _numbers);
        _global.Scrubbers.Apply(extension, builder, _numbers);
        DirectoryScrubber.Apply(builder, _test.Assembly, _global);
        return SnapshotText.Normalize(builder.ToString());
    }

    private void Conclude(IReadOnlyList<SnapshotFile> files)
    {
        if (files.All(file => file.State == SnapshotState.Equal))
        {
            return;
        }

        var mode = _settings.AutoVerifyMode ?? _global.AutoVerify;
        var isAccepted = mode is { IsActive: true };
        if (isAccepted)
        {
            Accept(files);
        }

        if (!isAccepted || mode!.ThrowsException)
        {
            throw new VerifyException(FailureMessage.Build(_prefix.Directory, files, _global.OmitsContent));
        }
    }

    private static void Accept(IReadOnlyList<SnapshotFile> files)
    {
        foreach (var file in files)
        {
            if (file.State == SnapshotState.Delete)
            {
                File.Delete(file.VerifiedPath);
            }
            else if (file.State != SnapshotState.Equal)
            {
                File.Move(file.ReceivedPath, file.VerifiedPath, overwrite: true);
            }
        }
    }
}
