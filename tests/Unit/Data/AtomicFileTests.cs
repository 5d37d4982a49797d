using Repro.Core;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_and_nothing_else_stays()
    {
        var path = _folder.Write("a.txt", "an older, longer text");
        AtomicFile.WriteText(path, "ä");
        File.ReadAllBytes(path).Should().Equal(0xC3, 0xA4);
        AtomicFile.WriteBytes(path, [1, 2]);
        File.ReadAllBytes(path).Should().Equal(1, 2);
        Directory.GetFileSystemEntries(_folder.Path).Should().Equal(path);
    }

    [Fact]
    public void A_write_that_is_broken_off_leaves_the_old_file_and_the_next_one_is_whole()
    {
        var path = _folder.Write("a.txt", "old");
        var broken = () => AtomicFile.Write(path, partial =>
        {
            File.WriteAllText(partial, "half of a much longer te");
            throw new OperationCanceledException();
        });
        broken.Should().Throw<OperationCanceledException>();
        File.ReadAllText(path).Should().Be("old");
        AtomicFile.WriteText(path, "new");
        File.ReadAllText(path).Should().Be("new");
        Directory.GetFileSystemEntries(_folder.Path).Should().Equal(path);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("a row", true)]
    public void What_was_begun_stays_where_something_is_in_it(string begun, bool stays)
    {
        var path = Path.Combine(_folder.Path, "a.txt");
        var broken = () => AtomicFile.Write(path, partial =>
        {
            // Written when it is closed, after the exception is on its way.
            using var writer = new StreamWriter(partial);
            writer.Write(begun);
            throw new ReproException("no");
        });
        broken.Should().Throw<ReproException>();
        File.Exists(path + ".partial").Should().Be(stays);
    }

    [Fact]
    public void Nothing_is_begun_under_the_name_itself()
    {
        var path = Path.Combine(_folder.Path, "a.txt");
        AtomicFile.Write(path, partial =>
        {
            File.WriteAllText(partial, "x");
            File.Exists(path).Should().BeFalse();
        });
        File.ReadAllText(path).Should().Be("x");
    }
}
