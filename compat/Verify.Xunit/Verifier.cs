using System.Runtime.CompilerServices;
using VerifyTests.Naming;
using VerifyTests.Snapshots;

namespace VerifyXunit;

/// <summary>Compares what a test produced with an accepted file beside the test's source.</summary>
public static partial class Verifier
{
    public static SettingsTask Verify(object? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyObject(run, target).ConfigureAwait(false));

    public static SettingsTask Verify(
        object? target,
        IEnumerable<Target> rawTargets,
        VerifySettings? settings = null,
        [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run =>
        {
            var targets = new List<SnapshotTarget>();
            if (target is not null)
            {
                targets.Add(run.TargetOf(target));
            }

            targets.AddRange(await ReadTargets(rawTargets).ConfigureAwait(false));
            return await run.CompareAsync(target, targets).ConfigureAwait(false);
        });

    public static SettingsTask Verify(IEnumerable<Target> targets, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify(null, targets, settings, sourceFile);

    public static SettingsTask Verify(Target target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify(null, [target], settings, sourceFile);

    public static SettingsTask Verify(string? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify((object?)target, settings, sourceFile);

    public static SettingsTask Verify(
        string? target,
        string extension,
        VerifySettings? settings = null,
        [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run =>
            await run.CompareAsync(target, [run.TargetOf(target) with { Extension = extension }]).ConfigureAwait(false));

    public static SettingsTask Verify(Task<string> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify<string>(target, settings, sourceFile);

    public static SettingsTask Verify(
        Task<string> target,
        string extension,
        VerifySettings? settings = null,
        [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run =>
        {
            var text = await target.ConfigureAwait(false);
            return await run.CompareAsync(text, [run.TargetOf(text) with { Extension = extension }]).ConfigureAwait(false);
        });

    public static SettingsTask Verify<T>(Task<T> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyObject(run, await target.ConfigureAwait(false)).ConfigureAwait(false));

    public static SettingsTask Verify<T>(Func<Task<T>> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyObject(run, await target().ConfigureAwait(false)).ConfigureAwait(false));

    private static async Task<VerifyResult> VerifyObject(SnapshotRun run, object? value) =>
        await run.CompareAsync(value, [run.TargetOf(value)]).ConfigureAwait(false);

    private static async Task<IReadOnlyList<SnapshotTarget>> ReadTargets(IEnumerable<Target> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var result = new List<SnapshotTarget>();
        foreach (var target in targets)
        {
            result.Add(target.IsString
                ? SnapshotTarget.OfText(target.Extension, target.TextData, target.Name)
                : SnapshotTarget.OfBytes(target.Extension, await ReadAll(target.StreamData).ConfigureAwait(false), target.Name));
        }

        return result;
    }

    private static async Task<byte[]> ReadAll(Stream stream)
    {
        using var memory = new MemoryStream();
        if (stream.CanSeek)
        {
            stream.Position = 0;
        }

        await stream.CopyToAsync(memory).ConfigureAwait(false);
        return memory.ToArray();
    }

    // The running test is looked up here and not when the task is awaited: it is known only inside the test method.
    private static SettingsTask Start(VerifySettings? settings, string sourceFile, Func<SnapshotRun, Task<VerifyResult>> verify)
    {
        var test = new RunningTest(UseVerifyAttribute.GetMethod(), sourceFile);
        return new SettingsTask(settings, async current => await verify(new SnapshotRun(test, current)).ConfigureAwait(false));
    }
}
