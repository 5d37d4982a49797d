using System.Runtime.CompilerServices;
using VerifyTests.Snapshots;

namespace VerifyXunit;

/// <content>Bytes and streams, which are compared byte by byte.</content>
public static partial class Verifier
{
    private const string BytesExtension = "bin";

    public static SettingsTask Verify(
        byte[]? target,
        VerifySettings? settings = null,
        object? info = null,
        [CallerFilePath] string sourceFile = "") =>
        Verify(target, BytesExtension, settings, info, sourceFile);

    public static SettingsTask Verify(
        byte[]? target,
        string extension,
        VerifySettings? settings = null,
        object? info = null,
        [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyBytes(run, target, target, extension, info).ConfigureAwait(false));

    public static SettingsTask Verify(
        Task<byte[]> target,
        string extension,
        VerifySettings? settings = null,
        object? info = null,
        [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run =>
        {
            var bytes = await target.ConfigureAwait(false);
            return await VerifyBytes(run, bytes, bytes, extension, info).ConfigureAwait(false);
        });

    public static SettingsTask Verify(
        Stream? target,
        VerifySettings? settings = null,
        object? info = null,
        [CallerFilePath] string sourceFile = "") =>
        Verify(target, BytesExtension, settings, info, sourceFile);

    public static SettingsTask Verify(
        Stream? target,
        string extension,
        VerifySettings? settings = null,
        object? info = null,
        [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run =>
        {
            var bytes = target is null ? null : await ReadAll(target).ConfigureAwait(false);
            return await VerifyBytes(run, target, bytes, extension, info).ConfigureAwait(false);
        });

    private static async Task<VerifyResult> VerifyBytes(SnapshotRun run, object? root, byte[]? bytes, string extension, object? info)
    {
        var targets = new List<SnapshotTarget>();
        if (info is not null)
        {
            targets.Add(run.TargetOf(info));
        }

        targets.Add(bytes is null ? run.TargetOf(null) : SnapshotTarget.OfBytes(extension, bytes));
        return await run.CompareAsync(root, targets).ConfigureAwait(false);
    }
}
