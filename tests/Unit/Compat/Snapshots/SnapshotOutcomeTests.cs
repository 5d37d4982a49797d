using System.Text;

namespace Repro.Tests.Unit.Compat.Snapshots;

public sealed class SnapshotOutcomeTests : IDisposable
{
    private readonly SnapshotSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Equal_text_passes_and_leaves_no_received_file()
    {
        _sandbox.Write("case.verified.txt", "alpha\nbeta");
        _sandbox.Write("case.received.txt", "left by an earlier failure");

        var result = await Verify("alpha\nbeta", _sandbox.Settings());

        _sandbox.FileNames.Should().Equal("case.verified.txt");
        result.Text.Should().Be("alpha\nbeta");
        result.Files.Should().Equal(_sandbox.PathOf("case.verified.txt"));
    }

    [Fact]
    public async Task New_text_fails_says_how_to_accept_it_and_writes_the_received_file()
    {
        var act = async () => await Verify("alpha", _sandbox.Settings());

        var message = (await act.Should().ThrowAsync<Exception>()).Which.Message;
        message.Should().StartWith($"Directory: {_sandbox.Root}\nNew:\n  - Received: case.received.txt\n    Verified: case.verified.txt\n");
        message.Should().Contain("Received: case.received.txt\nalpha\n");
        message.Should().Contain($"mv '{_sandbox.PathOf("case.received.txt")}' '{_sandbox.PathOf("case.verified.txt")}'");
        _sandbox.FileNames.Should().Equal("case.received.txt");
    }

    [Fact]
    public async Task Received_files_are_UTF8_with_a_byte_order_mark_and_line_feeds()
    {
        var act = async () => await Verify("α\r\nβ\rγ", _sandbox.Settings());
        await act.Should().ThrowAsync<Exception>();

        var bytes = await File.ReadAllBytesAsync(_sandbox.PathOf("case.received.txt"));

        bytes.Should().Equal([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("α\nβ\nγ")]);
    }

    [Fact]
    public async Task Accepting_by_the_advised_rename_makes_the_next_run_pass()
    {
        var act = async () => await Verify(new { Name = "x" }, _sandbox.Settings());
        await act.Should().ThrowAsync<Exception>();
        File.Move(_sandbox.PathOf("case.received.txt"), _sandbox.PathOf("case.verified.txt"));

        var again = _sandbox.Settings();
        again.DisableRequireUniquePrefix();
        await Verify(new { Name = "x" }, again);

        _sandbox.FileNames.Should().Equal("case.verified.txt");
    }

    [Fact]
    public async Task A_difference_fails_with_numbered_lines_and_little_context()
    {
        var verified = Enumerable.Range(1, 20).Select(line => Invariant($"line {line}")).ToList();
        var received = verified.ToList();
        received[9] = "line ten";
        received.Insert(0, "heading");
        _sandbox.Write("case.verified.txt", string.Join('\n', verified));

        var act = async () => await Verify(string.Join('\n', received), _sandbox.Settings());

        var message = (await act.Should().ThrowAsync<Exception>()).Which.Message;
        message.Should().Contain("NotEqual:\n  - Received: case.received.txt\n    Verified: case.verified.txt\n");
        message.Should().Contain("""
            Difference: case.verified.txt (-) to case.received.txt (+)
            +           1  heading
                  1     2  line 1
                  2     3  line 2
                  3     4  line 3
              ...
                  7     8  line 7
                  8     9  line 8
                  9    10  line 9
            -    10        line 10
            +          11  line ten
                 11    12  line 11
                 12    13  line 12
                 13    14  line 13
              ...

            """.ReplaceLineEndings("\n"));
        message.Should().NotContain("line 5").And.NotContain("line 17");
        _sandbox.FileNames.Should().Equal("case.received.txt", "case.verified.txt");
    }

    [Fact]
    public async Task Blanks_at_the_end_of_a_line_are_made_visible()
    {
        _sandbox.Write("case.verified.txt", "same\nvalue");

        var act = async () => await Verify("same\nvalue  ", _sandbox.Settings());

        (await act.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("-     2        value\n+           2  value··\n");
    }

    [Theory]
    [InlineData("alpha\nbeta\n")]
    [InlineData("alpha\r\nbeta")]
    [InlineData("\uFEFFalpha\r\nbeta\r\n")]
    public async Task Line_ends_byte_order_mark_and_one_final_line_break_do_not_matter(string verified)
    {
        _sandbox.Write("case.verified.txt", verified);

        await Verify("alpha\nbeta", _sandbox.Settings());

        _sandbox.FileNames.Should().Equal("case.verified.txt");
    }

    [Theory]
    [InlineData("alpha\nbeta\n\n")]
    [InlineData("alpha\nbeta ")]
    [InlineData("Alpha\nbeta")]
    public async Task Anything_else_matters(string verified)
    {
        _sandbox.Write("case.verified.txt", verified);

        var act = async () => await Verify("alpha\nbeta", _sandbox.Settings());

        (await act.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("NotEqual:");
    }

    [Fact]
    public async Task An_empty_verified_file_counts_as_new()
    {
        _sandbox.Write("case.verified.txt", string.Empty);

        var act = async () => await Verify("alpha", _sandbox.Settings());

        (await act.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("\nNew:\n").And.NotContain("NotEqual");
    }

    [Fact]
    public async Task A_verified_file_that_is_no_longer_produced_fails()
    {
        _sandbox.Write("case.verified.txt", "alpha");
        _sandbox.Write("case#01.verified.txt", "second");
        _sandbox.Write("case_other.verified.txt", "of another test");

        var act = async () => await Verify("alpha", _sandbox.Settings());

        var message = (await act.Should().ThrowAsync<Exception>()).Which.Message;
        message.Should().Contain("Delete:\n  - Verified: case#01.verified.txt\n").And.Contain($"rm '{_sandbox.PathOf("case#01.verified.txt")}'");
        message.Should().NotContain("case_other");
    }

    [Fact]
    public async Task AutoVerify_accepts_and_passes()
    {
        _sandbox.Write("case.verified.txt", "old");
        _sandbox.Write("case#01.verified.txt", "obsolete");

        await Verify("new", _sandbox.Settings()).AutoVerify();

        _sandbox.FileNames.Should().Equal("case.verified.txt");
        (await File.ReadAllTextAsync(_sandbox.PathOf("case.verified.txt"))).Should().Be("new");
    }

    [Fact]
    public async Task AutoVerify_may_accept_and_still_fail()
    {
        var act = async () => await Verify("new", _sandbox.Settings()).AutoVerify(throwException: true);

        await act.Should().ThrowAsync<Exception>();

        _sandbox.FileNames.Should().Equal("case.verified.txt");
    }

    [Fact]
    public async Task Bytes_are_compared_exactly_and_information_goes_beside_them()
    {
        await File.WriteAllBytesAsync(_sandbox.PathOf("case.verified.png"), [1, 13, 10, 2]);
        _sandbox.Write("case.verified.txt", "{\n  Width: 2\n}");

        await Verify([1, 13, 10, 2], "png", _sandbox.Settings(), info: new { Width = 2 });

        var again = _sandbox.Settings();
        again.DisableRequireUniquePrefix();
        using var stream = new MemoryStream([1, 10, 2]);
        var act = async () => await Verify(stream, "png", again, info: new { Width = 2 });
        (await act.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("NotEqual:\n  - Received: case.received.png").And.Contain("Equal:");
        _sandbox.FileNames.Should().Equal("case.received.png", "case.verified.png", "case.verified.txt");
    }

    [Fact]
    public async Task Settings_handed_in_are_not_changed_by_the_task()
    {
        var settings = _sandbox.Settings("shared");

        await Verify("x", settings).AutoVerify();

        var act = async () => await Verify("y", new VerifySettings(settings)).DisableRequireUniquePrefix();
        await act.Should().ThrowAsync<Exception>("AutoVerify was set on the first task only");
    }

    [Fact]
    public async Task Settings_are_fixed_once_the_verification_has_started()
    {
        var task = Verify("x", _sandbox.Settings()).AutoVerify();
        await task;

        var act = () => task.UseTypeName("Late");

        act.Should().Throw<InvalidOperationException>().WithMessage("*has started*");
    }

    [Fact]
    public async Task Settings_of_all_tests_are_fixed_once_a_verification_has_started()
    {
        await Verify("x", _sandbox.Settings()).AutoVerify();

        var act = () => VerifierSettings.ScrubLinesContaining("x");

        act.Should().Throw<InvalidOperationException>().WithMessage("*before the first Verify*ModuleInitializer*");
    }

    [Fact]
    public async Task Many_verifications_at_once_keep_apart()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), async (index, _) =>
        {
            var settings = new VerifySettings();
            settings.UseDirectory(_sandbox.Root);
            settings.AutoVerify();
            settings.UseTextForParameters(Invariant($"n{index}"));
            var result = await Verify(new { Index = index + 1, Id = Guid.NewGuid() }, settings);
            result.Text.Should().Be(Invariant($"{{\n  Index: {index + 1},\n  Id: Guid_1\n}}"));
        });

        _sandbox.FileNames.Should().HaveCount(64).And.OnlyContain(name => name.EndsWith(".verified.txt", StringComparison.Ordinal));
    }
}
