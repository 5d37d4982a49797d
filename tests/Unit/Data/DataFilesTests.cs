using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class DataFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_itself()
    {
        var path = _folder.Write("a.txt", "x");
        DataFiles.Find(path).Should().Equal(path);
        FluentActions.Invoking(() => DataFiles.Find(path, "train"))
            .Should().Throw<ReproException>().WithMessage("*a.txt: a part ('train') of a folder was asked for; this is a file.");
    }

    [Fact]
    public void A_folder_with_one_data_file_means_it()
    {
        _folder.Write("LICENSE", "x");
        var path = _folder.Write("data.jsonl.gz", "x");
        DataFiles.Find(_folder.Path).Should().Equal(path);
    }

    [Fact]
    public void Of_several_files_the_part_chooses_by_a_whole_word()
    {
        string[] files =
        [
            .. new[] { "train-00001.jsonl", "train-00000.jsonl", "test.jsonl", "retrain.jsonl", "all.train2.jsonl" }
                .Select(name => _folder.Write(name, "x")),
        ];
        DataFiles.Find(_folder.Path, "train").Should().Equal(files[1], files[0]);
        DataFiles.Find(_folder.Path, "TEST").Should().Equal(files[2]);
        DataFiles.Find(_folder.Path, "train2").Should().Equal(files[4]);
        FluentActions.Invoking(() => DataFiles.Find(_folder.Path, "dev")).Should().Throw<ReproException>()
            .WithMessage(
                "*no data file of the part 'dev'; the folder holds all.train2.jsonl, retrain.jsonl, test.jsonl, train-00000.jsonl, "
                    + "train-00001.jsonl.");
        FluentActions.Invoking(() => DataFiles.Find(_folder.Path)).Should().Throw<ReproException>()
            .WithMessage("*several data files (all.train2.jsonl, *name one of them, or a part such as 'train'.");
    }

    [Fact]
    public void Nothing_is_an_error()
    {
        FluentActions.Invoking(() => DataFiles.Find(_folder.Path))
            .Should().Throw<ReproException>().WithMessage("*the folder holds no data file*");
        FluentActions.Invoking(() => DataFiles.Find(Path.Combine(_folder.Path, "none")))
            .Should().Throw<ReproException>().WithMessage("*none: no such file or folder.");
    }
}
