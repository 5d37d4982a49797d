using System.Runtime.CompilerServices;
using System.Text.Json;
using VerifyTests.Snapshots;

namespace VerifyXunit;

/// <content>JSON text, written like an object.</content>
public static partial class Verifier
{
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static SettingsTask VerifyJson(string? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyJsonText(run, target).ConfigureAwait(false));

    public static SettingsTask VerifyJson(Task<string> target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Start(settings, sourceFile, async run => await VerifyJsonText(run, await target.ConfigureAwait(false)).ConfigureAwait(false));

    private static async Task<VerifyResult> VerifyJsonText(SnapshotRun run, string? text)
    {
        if (text is null)
        {
            return await VerifyObject(run, null).ConfigureAwait(false);
        }

        using var document = JsonDocument.Parse(text);
        return await run.CompareAsync(text, [run.TargetOf(document.RootElement)]).ConfigureAwait(false);
    }
}
