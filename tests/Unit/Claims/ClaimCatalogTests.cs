using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

public sealed class ClaimCatalogTests : IDisposable
{
    private const string Good = """
        paper: crs
        claims:
        - id: CRS-T1-a
          locator: Table 1
          kind: arithmetic
          class: published
          mode: descriptive
          statement: One and one make two.
          published: '2.0'
          values:
            sum: 2.0
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_all_fields_and_keeps_the_printed_text()
    {
        _folder.Write("crs/T1.yaml", Good);
        var claim = ClaimCatalog.Load(_folder.Path).Get("CRS-T1-a");
        claim.Should().BeEquivalentTo(
            new
            {
                Paper = Paper.Crs,
                Locator = "Table 1",
                Kind = ClaimKind.Arithmetic,
                Group = "CRS-T1",
                Tier = Tier.Static,
                Class = ClaimClass.Published,
                Mode = ClaimMode.Descriptive,
                Published = "2.0",
            });
        claim.Values.Should().Contain("sum", "2.0");
    }

    [Theory]
    [InlineData("kind: arithmetic", "kind: guess", "T1.yaml:5: kind 'guess' is not one of")]
    [InlineData("locator: Table 1", "where: Table 1", "T1.yaml:4: unknown key 'where'")]
    [InlineData("paper: crs\n", "paper: crs\nthesis: crs\n", "T1.yaml:2: unknown key 'thesis' in a claim file")]
    [InlineData("- id: CRS-T1-a", "- id: ADR-T1-a", "T1.yaml:3: claim id 'ADR-T1-a' must start with CRS-")]
    [InlineData("  statement: One and one make two.\n", "", "T1.yaml:3: claim lacks the key 'statement'")]
    [InlineData("paper: crs\n", "", "T1.yaml:1: key 'paper' is missing")]
    [InlineData("paper: crs", "paper: [crs", "T1.yaml:")]
    [InlineData("kind: arithmetic", "kind: 3", "kind '3' is not one of")]
    [InlineData("class: published", "class: ours", "T1.yaml:6: class 'ours' is not one of published, finding")]
    [InlineData("mode: descriptive", "mode: count", "T1.yaml:7: mode 'count' is not one of descriptive, inferential")]
    [InlineData("  mode: descriptive\n", "", "T1.yaml:3: claim lacks the key 'mode'")]
    [InlineData("mode: descriptive", "mode: descriptive\n  family: Table 1", "T1.yaml:8: claim 'CRS-T1-a' has a family of tests, but its "
        + "mode is descriptive")]
    public void Names_file_and_line_of_what_is_wrong(string from, string to, string message)
    {
        _folder.Write("crs/T1.yaml", Good.Replace(from, to, StringComparison.Ordinal));
        var load = () => ClaimCatalog.Load(_folder.Path);
        load.Should().Throw<ReproException>().WithMessage($"*{message}*");
    }

    [Fact]
    public void Family_and_cause_may_be_given()
    {
        _folder.Write(
            "crs/T1.yaml",
            Good.Replace("mode: descriptive", "mode: inferential\n  family: Table 1\n  cause: a-slip", StringComparison.Ordinal));
        ClaimCatalog.Load(_folder.Path).Get("CRS-T1-a").Should().BeEquivalentTo(
            new { Mode = ClaimMode.Inferential, Family = "Table 1", Cause = "a-slip" });
    }

    [Fact]
    public void Names_both_places_of_an_id_used_twice()
    {
        _folder.Write("crs/T1.yaml", Good);
        _folder.Write("crs/T2.yaml", Good);
        var load = () => ClaimCatalog.Load(_folder.Path);
        load.Should().Throw<ReproException>().WithMessage("*T2.yaml:3: claim id 'CRS-T1-a' is already used at *T1.yaml:3");
    }

    [Fact]
    public void Proposes_the_nearest_id_for_an_unknown_one()
    {
        _folder.Write("crs/T1.yaml", Good);
        var get = () => ClaimCatalog.Load(_folder.Path).Get("CRS-T1-b");
        get.Should().Throw<ReproException>().WithMessage("unknown claim id 'CRS-T1-b'; did you mean 'CRS-T1-a'?");
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        var load = () => ClaimCatalog.Load(Path.Combine(_folder.Path, "nowhere"));
        load.Should().Throw<ReproException>().WithMessage("*nowhere: no such folder*");
    }
}
