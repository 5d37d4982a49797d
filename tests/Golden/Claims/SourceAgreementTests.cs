using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Golden.Claims;

/// <summary>The raw release and the extracted facts give the same evidence, hashes included.</summary>
public sealed class SourceAgreementTests
{
    private readonly string _root = RepositoryRoot.Find();

    /// <summary>Every static claim, from both sources.</summary>
    [ReleaseFact]
    public void Raw_files_and_facts_give_the_same_evidence()
    {
        var facts = TodaysResults.OnFacts.Where(_ => true);
        var originals = TodaysResults.On(ArtifactSources.RawFolder(_root)).Where(_ => true);
        originals.Should().HaveSameCount(facts);
        foreach (var (fromFacts, fromRaw) in facts.Zip(originals))
        {
            fromRaw.Error.Should().BeNull();
            fromRaw.Verdict.Should().Be(fromFacts.Verdict, fromRaw.Claim.Id);
            fromRaw.Evidence.Should().BeEquivalentTo(fromFacts.Evidence, o => o.WithStrictOrdering(), fromRaw.Claim.Id);
        }
    }

    /// <summary>The committed facts are what the verb <c>extract</c> writes today.</summary>
    [ReleaseFact]
    public void Committed_facts_are_up_to_date()
    {
        var raw = ArtifactSources.RawFolder(_root)!;
        var source = new RawArtifactSource(raw);
        var files = ArtifactManifest.Files(raw);
        files.Should().NotBeEmpty();
        var stale = files.Where(f =>
        {
            var committed = Path.Combine(_root, "fixtures", "artifacts", $"{f}.facts.json");
            return !File.Exists(committed) || !File.ReadAllBytes(committed).AsSpan().SequenceEqual(ArtifactManifest.Extract(source, f));
        });
        stale.Should().BeEmpty("`repro extract` brings them up to date");
    }
}
