using System.Text;
using VerifyTests.Scrubbing;

namespace VerifyTests;

/// <content>Changes to the text before it is compared.</content>
public static partial class VerifierSettings
{
    public static void AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, scrubber, location);

    public static void AddScrubber(string extension, Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, scrubber, location);

    public static void ScrubEmptyLines(ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, LineScrubbers.RemoveEmpty(), location);

    public static void ScrubEmptyLines(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, LineScrubbers.RemoveEmpty(), location);

    public static void ScrubInlineGuids(ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, InlineScrubbers.Guids, location);

    public static void ScrubInlineGuids(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, InlineScrubbers.Guids, location);

    public static void ScrubMachineName(ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, InlineScrubbers.Word(Environment.MachineName, "TheMachineName"), location);

    public static void ScrubMachineName(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, InlineScrubbers.Word(Environment.MachineName, "TheMachineName"), location);

    public static void ScrubUserName(ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, InlineScrubbers.Word(Environment.UserName, "TheUserName"), location);

    public static void ScrubUserName(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, InlineScrubbers.Word(Environment.UserName, "TheUserName"), location);

    public static void ScrubLines(Func<string, bool> removeLine, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, LineScrubbers.Remove(removeLine), location);

    public static void ScrubLines(string extension, Func<string, bool> removeLine, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, LineScrubbers.Remove(removeLine), location);

    public static void ScrubLinesWithReplace(Func<string, string?> replaceLine, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, LineScrubbers.Replace(replaceLine), location);

    public static void ScrubLinesWithReplace(string extension, Func<string, string?> replaceLine, ScrubberLocation location = ScrubberLocation.First) =>
        GlobalSettings.Current.Open().Scrubbers.Add(extension, LineScrubbers.Replace(replaceLine), location);

    public static void ScrubLinesContaining(params string[] stringToMatch) =>
        ScrubLinesContaining(StringComparison.OrdinalIgnoreCase, ScrubberLocation.First, stringToMatch);

    public static void ScrubLinesContaining(ScrubberLocation location = ScrubberLocation.First, params string[] stringToMatch) =>
        ScrubLinesContaining(StringComparison.OrdinalIgnoreCase, location, stringToMatch);

    public static void ScrubLinesContaining(StringComparison comparison, params string[] stringToMatch) =>
        ScrubLinesContaining(comparison, ScrubberLocation.First, stringToMatch);

    public static void ScrubLinesContaining(StringComparison comparison, ScrubberLocation location, params string[] stringToMatch) =>
        GlobalSettings.Current.Open().Scrubbers.Add(null, LineScrubbers.RemoveContaining(comparison, stringToMatch), location);
}
