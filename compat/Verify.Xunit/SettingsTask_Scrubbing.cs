using System.Text;

namespace VerifyTests;

/// <content>Changes to the text before it is compared.</content>
public partial class SettingsTask
{
    public SettingsTask AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.AddScrubber(scrubber, location));

    public SettingsTask AddScrubber(string extension, Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.AddScrubber(extension, scrubber, location));

    public SettingsTask ScrubEmptyLines(ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubEmptyLines(location));

    public SettingsTask ScrubEmptyLines(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubEmptyLines(extension, location));

    public SettingsTask ScrubInlineGuids(ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubInlineGuids(location));

    public SettingsTask ScrubInlineGuids(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubInlineGuids(extension, location));

    public SettingsTask ScrubMachineName(ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubMachineName(location));

    public SettingsTask ScrubMachineName(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubMachineName(extension, location));

    public SettingsTask ScrubUserName(ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubUserName(location));

    public SettingsTask ScrubUserName(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubUserName(extension, location));

    public SettingsTask ScrubLines(Func<string, bool> removeLine, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubLines(removeLine, location));

    public SettingsTask ScrubLines(string extension, Func<string, bool> removeLine, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubLines(extension, removeLine, location));

    public SettingsTask ScrubLinesWithReplace(Func<string, string?> replaceLine, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubLinesWithReplace(replaceLine, location));

    public SettingsTask ScrubLinesWithReplace(string extension, Func<string, string?> replaceLine, ScrubberLocation location = ScrubberLocation.First) =>
        With(settings => settings.ScrubLinesWithReplace(extension, replaceLine, location));

    public SettingsTask ScrubLinesContaining(params string[] stringToMatch) =>
        With(settings => settings.ScrubLinesContaining(stringToMatch));

    public SettingsTask ScrubLinesContaining(ScrubberLocation location = ScrubberLocation.First, params string[] stringToMatch) =>
        With(settings => settings.ScrubLinesContaining(location, stringToMatch));

    public SettingsTask ScrubLinesContaining(StringComparison comparison, params string[] stringToMatch) =>
        With(settings => settings.ScrubLinesContaining(comparison, stringToMatch));

    public SettingsTask ScrubLinesContaining(StringComparison comparison, ScrubberLocation location = ScrubberLocation.First, params string[] stringToMatch) =>
        With(settings => settings.ScrubLinesContaining(comparison, location, stringToMatch));
}
