using System.Text;
using VerifyTests.Scrubbing;

namespace VerifyTests;

/// <content>Changes to the text before it is compared.</content>
public partial class VerifySettings
{
    public void AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, scrubber, location);

    public void AddScrubber(string extension, Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, scrubber, location);

    public void ScrubEmptyLines(ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, LineScrubbers.RemoveEmpty(), location);

    public void ScrubEmptyLines(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, LineScrubbers.RemoveEmpty(), location);

    public void ScrubInlineGuids(ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, InlineScrubbers.Guids, location);

    public void ScrubInlineGuids(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, InlineScrubbers.Guids, location);

    public void ScrubMachineName(ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, InlineScrubbers.Word(Environment.MachineName, "TheMachineName"), location);

    public void ScrubMachineName(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, InlineScrubbers.Word(Environment.MachineName, "TheMachineName"), location);

    public void ScrubUserName(ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, InlineScrubbers.Word(Environment.UserName, "TheUserName"), location);

    public void ScrubUserName(string extension, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, InlineScrubbers.Word(Environment.UserName, "TheUserName"), location);

    public void ScrubLines(Func<string, bool> removeLine, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, LineScrubbers.Remove(removeLine), location);

    public void ScrubLines(string extension, Func<string, bool> removeLine, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, LineScrubbers.Remove(removeLine), location);

    public void ScrubLinesWithReplace(Func<string, string?> replaceLine, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(null, LineScrubbers.Replace(replaceLine), location);

    public void ScrubLinesWithReplace(string extension, Func<string, string?> replaceLine, ScrubberLocation location = ScrubberLocation.First) =>
        Scrubbers.Add(extension, LineScrubbers.Replace(replaceLine), location);

    public void ScrubLinesContaining(params string[] stringToMatch) =>
        ScrubLinesContaining(StringComparison.OrdinalIgnoreCase, ScrubberLocation.First, stringToMatch);

    public void ScrubLinesContaining(ScrubberLocation location = ScrubberLocation.First, params string[] stringToMatch) =>
        ScrubLinesContaining(StringComparison.OrdinalIgnoreCase, location, stringToMatch);

    public void ScrubLinesContaining(StringComparison comparison, params string[] stringToMatch) =>
        ScrubLinesContaining(comparison, ScrubberLocation.First, stringToMatch);

    public void ScrubLinesContaining(StringComparison comparison, ScrubberLocation location, params string[] stringToMatch) =>
        Scrubbers.Add(null, LineScrubbers.RemoveContaining(comparison, stringToMatch), location);
}
