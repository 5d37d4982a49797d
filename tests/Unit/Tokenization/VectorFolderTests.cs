using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>The set of vectors as a whole: parts may be absent, and their tests are skipped, but a set without any case is no
/// pass.</summary>
[Trait("Suite", "Vectors")]
public sealed class VectorFolderTests
{
    [VectorFact]
    public void It_holds_cases_at_all() =>
        VectorFolder.Topics().SelectMany(topic => Directory.EnumerateFiles(VectorFolder.Path(topic), "*.json", SearchOption.AllDirectories))
            .Should().NotBeEmpty($"{VectorFolder.Root} should hold vectors");

    [VectorFact]
    public void Every_folder_of_tokenizers_holds_cases()
    {
        foreach (string folder in VectorFolder.Topics().Contains(TextVectors.Topic) ? VectorFolder.Folders(TextVectors.Topic) : [])
        {
            TextVectors.Cases(folder).Should().NotBeEmpty($"{folder} should hold cases");
        }
    }

    [VectorFact]
    public void The_topic_of_tokenizers_is_not_empty_where_it_is_there()
    {
        if (VectorFolder.Topics().Contains(TextVectors.Topic))
        {
            VectorFolder.Folders(TextVectors.Topic).Should().NotBeEmpty();
        }
    }
}
