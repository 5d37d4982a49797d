using Repro.Experiments.Claims;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

public sealed class GoldenStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_accepted_result_compares_equal_and_gives_its_verdict()
    {
        var store = new GoldenStore(_folder.Path);
        store.Accept("CRS-T1", [Result(0.1)], "first").Should().BeTrue();
        store.Compare(Result(0.1)).Should().BeEmpty();
        store.Verdict(Result(0.1).Claim).Should().Be(Verdict.Holds);
    }

    [Fact]
    public void A_changed_number_is_named_with_both_values()
    {
        var store = new GoldenStore(_folder.Path);
        store.Accept("CRS-T1", [Result(0.1)], "first");
        store.Compare(Result(0.1 + 1e-13)).Should().BeEmpty();
        store.Compare(Result(0.1001)).Should().ContainSingle().Which.Should().Be("x: golden 0.1, today 0.1001");
    }

    [Fact]
    public void A_changed_verdict_is_named()
    {
        var store = new GoldenStore(_folder.Path);
        store.Accept("CRS-T1", [Result(0.1)], "first");
        store.Compare(Result(0.1) with { Verdict = Verdict.Contradicted }).Should().ContainSingle("verdict: golden Holds, today Contradicted");
    }

    [Fact]
    public void A_claim_without_golden_differs() =>
        new GoldenStore(_folder.Path).Compare(Result(1)).Should().ContainSingle().Which.Should().Contain("no golden verdict");

    [Fact]
    public void Content_cannot_change_without_a_sentence()
    {
        var store = new GoldenStore(_folder.Path);
        store.Accept("CRS-T1", [Result(0.1)], "first");
        var path = Path.Combine(_folder.Path, "CRS-T1.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("0.1", "0.2", StringComparison.Ordinal));
        var compare = () => store.Compare(Result(0.2));
        compare.Should().Throw<InputException>().WithMessage("*CRS-T1.json: content was changed without a sentence*");
    }

    [Fact]
    public void Each_change_adds_its_sentence_and_no_change_adds_none()
    {
        var store = new GoldenStore(_folder.Path);
        store.Accept("CRS-T1", [Result(0.1)], "first");
        store.Accept("CRS-T1", [Result(0.1)], "nothing new").Should().BeFalse();
        store.Accept("CRS-T1", [Result(0.2)], "the table was misread").Should().BeTrue();
        var text = File.ReadAllText(Path.Combine(_folder.Path, "CRS-T1.json"));
        text.Should().Contain("first").And.Contain("the table was misread").And.NotContain("nothing new");
    }

    [Fact]
    public void A_result_that_failed_to_run_cannot_become_golden()
    {
        var accept = () => new GoldenStore(_folder.Path).Accept("CRS-T1", [Result(1) with { Evidence = null, Error = "boom" }], "why");
        accept.Should().Throw<ArgumentException>().WithMessage("*failed to run: boom*");
    }

    private static ClaimResult Result(double x)
    {
        var claim = new Claim("CRS-T1-a", Paper.Crs, "Table 1", ClaimKind.Arithmetic, "s", null, new Dictionary<string, string>(), null, null, null, "here");
        var evidence = new EvidenceBuilder(new UsageLog()).Value("x", x).Value("name", "n").Value("count", 3L).Require("true", true).Explain("because");
        return new ClaimResult(claim, Verdict.Holds, evidence, null, 0);
    }
}
