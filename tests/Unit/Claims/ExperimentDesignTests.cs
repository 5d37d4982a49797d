using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

public sealed class ExperimentDesignTests
{
    private const string Body = """
        id: coin
        claims: [CRS-T1-a]
        question: does one coin land on heads more often
        arms: {old: the old coin, new: the new coin}
        seeds: 8
        statistic: {CRS-T1-a: share of heads in 100 throws}
        rule: {CRS-T1-a: holds where the new coin is larger}
        margin: {share: 0.02}
        family: one decision
        planted: {nothing: the old coin against itself}

        """;

    private static string Folder => Path.Combine(RepositoryRoot.Find(), "fixtures", "designs");

    public static TheoryData<string> Designs => [
        .. Directory.EnumerateFiles(Folder, "*.yaml").Select(path => Path.GetFileName(path)!).Order()];

    [Theory]
    [MemberData(nameof(Designs))]
    public void A_committed_design_is_that_of_its_last_version_and_names_claims_that_exist(string file)
    {
        var design = ExperimentDesign.Read(Path.Combine(Folder, file));
        var catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
        design.Claims.Select(catalog.Get).Should().OnlyContain(claim => claim.Kind == ClaimKind.Mechanism);
        design.Statistic.Keys.Should().BeEquivalentTo(design.Claims);
        design.Rule.Keys.Should().BeEquivalentTo(design.Claims);
        design.Seeds.Should().BeInRange(6, 20);
        design.Planted.Should().NotBeEmpty();
        design.History.Should().OnlyContain(version => version.Reason.Length > 20 && version.Decided.StartsWith("20"));
        design.History.Select(version => version.Content).Should().OnlyHaveUniqueItems();
    }

    /// <summary>A rule that was changed with the result at hand may qualify a claim, but not confirm it.</summary>
    [Fact]
    public void No_claim_holds_by_a_rule_that_was_changed_after_its_result_had_been_seen()
    {
        var root = RepositoryRoot.Find();
        var catalog = ClaimCatalog.Load(Path.Combine(root, "fixtures", "claims"));
        var golden = new GoldenStore(Path.Combine(root, "fixtures", "golden"));
        var changed = Directory.EnumerateFiles(Folder, "*.yaml").Select(ExperimentDesign.Read)
            .SelectMany(design => design.History.SelectMany(version => version.VerdictsBefore.Keys.Select(id => (design, id)))).ToList();
        changed.Should().NotBeEmpty();
        changed.Should().OnlyContain(pair => pair.design.Claims.Contains(pair.id));
        changed.Select(pair => golden.Verdict(catalog.Get(pair.id))).Should()
            .NotContain([null, Verdict.Holds, Verdict.HoldsWithinRounding]);
    }

    [Fact]
    public void A_changed_design_needs_a_new_version_with_a_reason()
    {
        using var folder = new TemporaryFolder();
        var wrong = () => ExperimentDesign.Read(folder.Write("coin.yaml", Body + History(1, "0000000000000000")));
        var content = wrong.Should().Throw<ReproException>().Which.Message.Split("has content ")[1][..16];
        ExperimentDesign.Read(folder.Write("coin.yaml", Body + History(1, content))).Stamp.Should().Be($"coin v1 {content}");
        var path = folder.Write("coin.yaml", Body.ReplaceLineEndings("\r\n") + History(1, content));
        ExperimentDesign.Read(path).Current.Content.Should().Be(content, "line ends do not count");

        var changed = Body.Replace("0.02", "0.01", StringComparison.Ordinal) + History(1, content);
        var read = () => ExperimentDesign.Read(folder.Write("coin.yaml", changed));
        read.Should().Throw<ReproException>().WithMessage("*a changed design is a new version, with a date and a reason");
        var spaced = folder.Write("coin.yaml", Body + History(1, content) + "\n");
        ExperimentDesign.Read(spaced).Current.Content.Should().Be(content, "an empty line after the history changes nothing");
    }

    [Theory]
    [InlineData("other.yaml", "", "*other.yaml: id is 'coin'; expected the name of the file")]
    [InlineData("coin.yaml", "family2: x\n", "*coin.yaml:*family2*")]
    public void A_wrong_file_is_named(string name, string more, string message)
    {
        using var folder = new TemporaryFolder();
        var read = () => ExperimentDesign.Read(folder.Write(name, Body + more + History(1, "0")));
        read.Should().Throw<ReproException>().WithMessage(message);
    }

    [Fact]
    public void Versions_are_counted_from_1_and_history_stands_last()
    {
        using var folder = new TemporaryFolder();
        var second = () => ExperimentDesign.Read(folder.Write("coin.yaml", Body + History(2, "0")));
        second.Should().Throw<ReproException>().WithMessage("*history must count its versions from 1, was [2]");
        var after = () => ExperimentDesign.Read(folder.Write("coin.yaml", Body + History(1, "0") + "expected: nothing\n"));
        after.Should().Throw<ReproException>().WithMessage("*coin.yaml:11: history must be the last key*");
    }

    private static string History(int version, string content) =>
        Invariant($"history:\n- {{version: {version}, decided: 2026-11-28, reason: written before the first run, content: {content}}}\n");
}
