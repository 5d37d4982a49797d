using System.Text;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

/// <summary>A verdict speaks of the data that the paper's author released: a copy with other bytes gives none.</summary>
public sealed class AlteredReleaseTests
{
    private const string Table = "alpaca_eval/leaderboard.csv";
    private const string Released = "model,win_rate\nsft,50\n";

    [Fact]
    public void The_released_file_gives_a_verdict()
    {
        var result = Verify(Released);
        result.Verdict.Should().Be(Verdict.Holds);
        result.AlteredFiles.Should().BeEmpty();
    }

    [Fact]
    public void An_altered_file_gives_none_and_says_which_it_is()
    {
        var result = Verify(Released.Replace("50", "51", StringComparison.Ordinal));
        result.Verdict.Should().Be(Verdict.NotRun);
        result.AlteredFiles.Should().ContainSingle()
            .Which.Should().MatchRegex(
                "^alpaca_eval/leaderboard.csv is not the released file: SHA-256 [0-9a-f]{12}..., released [0-9a-f]{12}...$");
        result.Evidence!.Explanation.Should().StartWith("No verdict: alpaca_eval/leaderboard.csv is not").And.Contain("one row");
        result.Evidence.Recomputed.Should().ContainKey("rows", "what was computed stays in the evidence");
        ClaimResult.DescribeAltered([result, result]).Should().ContainSingle().Which.Should().EndWith("(2 claims without a verdict)");
    }

    [Fact]
    public void A_file_that_was_never_released_gives_none() =>
        Verify(Released, listed: "alpaca_eval/other.csv").AlteredFiles.Should().Equal($"{Table} is not among the released files");

    [Theory]
    [InlineData(false, Verdict.Holds)]
    [InlineData(true, Verdict.NotRun)]
    public void Edited_facts_count_as_altered(bool edited, Verdict verdict)
    {
        using var folder = new TemporaryFolder();
        folder.Write(Table, Released);
        var facts = ArtifactManifest.Extract(new RawArtifactSource(folder.Path), Table);
        WriteHashes(folder, (Table, Encoding.UTF8.GetBytes(Released)), ($"{Table}.facts.json", facts));
        var text = Encoding.UTF8.GetString(facts);
        folder.Write($"{Table}.facts.json", edited ? text.Replace("\"50\"", "\"51\"", StringComparison.Ordinal) : text);
        var hashes = ReleaseHashes.Load(folder.Path);
        Run(new FixtureArtifactSource(folder.Path, hashes), hashes).Verdict.Should().Be(verdict);
    }

    [Theory]
    [InlineData("0123  a.csv\n")]
    [InlineData("no hash at all\n")]
    public void A_malformed_list_of_hashes_is_named_with_its_line(string line)
    {
        using var folder = new TemporaryFolder();
        folder.Write(ReleaseHashes.FileName, line);
        folder.Invoking(f => ReleaseHashes.Load(f.Path)).Should().Throw<ReproException>()
            .WithMessage("*SHA256SUMS:1: expected a SHA-256, two blanks and a path that stands once");
    }

    [Fact]
    public void Every_committed_file_of_facts_has_its_hash_and_that_of_its_original()
    {
        var folder = ArtifactSources.FactsFolder(RepositoryRoot.Find());
        var hashes = ReleaseHashes.Load(folder);
        var facts = Directory.EnumerateFiles(folder, "*.facts.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).ToList();
        hashes.Paths.Should().BeEquivalentTo([.. facts, .. facts.Select(file => file[..^".facts.json".Length])]);
        facts.Select(file => hashes.Deviation(file, ReleaseHashes.Compute(File.ReadAllBytes(Path.Combine(folder, file)))))
            .Should().OnlyContain(deviation => deviation == null);
    }

    private static ClaimResult Verify(string content, string listed = Table)
    {
        using var folder = new TemporaryFolder();
        folder.Write(Table, content);
        WriteHashes(folder, (listed, Encoding.UTF8.GetBytes(Released)));
        return Run(new RawArtifactSource(folder.Path), ReleaseHashes.Load(folder.Path));
    }

    private static void WriteHashes(TemporaryFolder folder, params (string Path, byte[] Bytes)[] files) => folder.Write(
        ReleaseHashes.FileName, ReleaseHashes.Text(files.ToDictionary(file => file.Path, file => ReleaseHashes.Compute(file.Bytes))));

    private static ClaimResult Run(IArtifactSource source, ReleaseHashes hashes)
    {
        var claim = new Claim(
            "CRS-T10-rows", Paper.Crs, "Table 10", ClaimKind.Artifact, ClaimClass.Published, ClaimMode.Descriptive, "The table has a row.",
            null, new Dictionary<string, string>(), null, null, null, null, null, "test:1");
        var inputs = new ExperimentInputs(ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims")), "unused", source)
        {
            ReleaseHashes = hashes,
        };
        return new SpecRunner(inputs, SpecRegistry.From([new OneRow()])).Run(claim);
    }

    private sealed class OneRow : ISpecGroup
    {
        public IEnumerable<Spec> Specs() => [new("CRS-T10-rows", Check)];

        private static Evidence Check(SpecContext context)
        {
            var rows = context.Artifact<TableFacts>(Table).Rows.Count;
            return context.Evidence().Value("rows", rows).Require("there is one row", rows == 1).Explain("The table has one row.");
        }
    }
}
