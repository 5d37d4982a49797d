namespace Repro.Tests.Unit.Compat.Snapshots;

public sealed class SnapshotScrubberTests : IDisposable
{
    private readonly SnapshotSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Lines_are_removed_by_content_whatever_their_case()
    {
        (await _sandbox.SnapshotOf("keep\nSeconds: 3\n\nlast", settings => settings.ScrubLinesContaining("seconds"))).Should().Be("keep\n\nlast");
        (await _sandbox.SnapshotOf("Seconds", settings => settings.ScrubLinesContaining(StringComparison.Ordinal, "seconds"))).Should().Be("Seconds");
    }

    [Fact]
    public async Task Lines_are_removed_replaced_or_emptied_by_functions()
    {
        (await _sandbox.SnapshotOf("a\n\nbb\nccc", settings =>
        {
            settings.ScrubLinesWithReplace(line => line.Length == 3 ? null : line + "!");
            settings.ScrubLines(line => line == "a");
            settings.ScrubEmptyLines();
        })).Should().Be("bb!");
    }

    [Fact]
    public async Task The_latest_scrubber_runs_first_unless_placed_last()
    {
        (await _sandbox.SnapshotOf("x", settings =>
        {
            settings.AddScrubber(text => text.Append('1'));
            settings.AddScrubber(text => text.Append('2'));
            settings.AddScrubber(text => text.Append('3'), ScrubberLocation.Last);
        })).Should().Be("x213");
    }

    [Fact]
    public async Task A_scrubber_can_be_bound_to_an_extension()
    {
        (await _sandbox.SnapshotOf("x", settings =>
        {
            settings.AddScrubber("md", text => text.Append('1'));
            settings.AddScrubber("txt", text => text.Append('2'));
        })).Should().Be("x2");
    }

    [Fact]
    public async Task Guids_inside_text_are_numbered()
    {
        const string guid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        var text = $"run {guid}, again {guid.ToUpperInvariant()}, other 1f8fad5b-d9cb-469f-a165-70867728950e";

        (await _sandbox.SnapshotOf(text, settings => settings.ScrubInlineGuids())).Should().Be("run Guid_1, again Guid_1, other Guid_2");
        (await _sandbox.SnapshotOf(text)).Should().Be(text);
    }

    [Fact]
    public async Task Machine_and_user_name_are_replaced_as_whole_words()
    {
        var text = $"{Environment.MachineName} {Environment.MachineName}x";

        (await _sandbox.SnapshotOf(text, settings => settings.ScrubMachineName())).Should().Be($"TheMachineName {Environment.MachineName}x");
    }

    [Fact]
    public async Task Directories_of_the_machine_get_names()
    {
        var text = $"{AppContext.BaseDirectory}a.dll {Path.Combine(_sandbox.Root, "b")}";

        (await _sandbox.SnapshotOf(text)).Should().Be($"{{CurrentDirectory}}a.dll {{TempPath}}{Path.GetFileName(_sandbox.Root)}/b");
        (await _sandbox.SnapshotOf(text, settings => settings.DisableScrubbers())).Should().Be(text);
    }

    [Fact]
    public void A_line_scrubber_needs_text_to_look_for()
    {
        var act = () => new VerifySettings().ScrubLinesContaining();

        act.Should().Throw<ArgumentException>();
    }
}
