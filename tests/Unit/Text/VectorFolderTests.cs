using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Text;

/// <summary>The topic of tokenizers itself.</summary>
[Trait("Suite", "Vectors")]
public sealed class VectorFolderTests
{
    [VectorFact]
    public void It_holds_only_known_tokenizers()
    {
        string[] known = [.. TextVectors.Tokenizers, "training"];
        VectorFolder.Folders(TextVectors.Topic).Should().BeSubsetOf(known);
    }
}
