using System.Runtime.CompilerServices;
using VerifyTests.Snapshots;

namespace VerifyXunit;

/// <content>Expected exceptions.</content>
public static partial class Verifier
{
    public static SettingsTask Throws(Action target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyException(run, () =>
        {
            target();
            return Task.CompletedTask;
        }).ConfigureAwait(false));

    public static SettingsTask Throws(Func<object?> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyException(run, () =>
        {
            target();
            return Task.CompletedTask;
        }).ConfigureAwait(false));

    public static SettingsTask ThrowsTask(Func<Task> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyException(run, target).ConfigureAwait(false));

    public static SettingsTask ThrowsTask<T>(Func<Task<T>> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyException(run, target).ConfigureAwait(false));

    private static async Task<VerifyResult> VerifyException(SnapshotRun run, Func<Task> target)
    {
        try
        {
            await target().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return await VerifyObject(run, exception).ConfigureAwait(false);
        }

        throw new InvalidOperationException("Did not throw.");
    }
}
