namespace Repro.Tests.Unit.Text;

/// <summary>The folder of vectors itself.</summary>
[Trait("Suite", "Vectors")]
public sealed class VectorFolderTests
{
    [Fact]
    public void A_folder_that_is_named_must_be_there_and_hold_only_known_tokenizers()
    {
        string? named = Environment.GetEnvironmentVariable("REPRO_VECTORS");
        if (TextVectors.Folder == null)
        {
            named.Should().BeNull("REPRO_VECTORS must name a folder that holds the topic 'tokenizers'");
            Console.WriteLine("Tokenizer vectors are missing: REPRO_VECTORS is not set and ../shared/vectors is not there; their cases did not run.");
            return;
        }

        string[] known = [.. TextVectors.Tokenizers, "training"];
        Directory.GetDirectories(TextVectors.Folder).Select(Path.GetFileName).Should().BeSubsetOf(known);
    }
}
