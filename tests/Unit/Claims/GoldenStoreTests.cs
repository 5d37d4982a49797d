using System.Globalization;
using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Experiments.Adr.Specs;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Claims;

public sealed class GoldenStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly GoldenStore _store;

    public GoldenStoreTests()
    {
        _store = new GoldenStore(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_group_is_one_readable_file_with_all_evidence()
    {
        _store.Text("CRS-T1", [Result(0.123456789)]).Should().Be("""
            {
              "CRS-T1-a": {
                "claim": { "locator": "Table 1", "kind": "arithmetic", "class": "published", "mode": "inferential", "statement": "s" },
                "verdict": "Holds",
                "values": { "count": 3, "name": "n", "x": 0.1234568 },
                "findings": [
                  { "name": "true", "outcome": "Agrees", "detail": "said “so”" },
                  { "name": "rounding error", "outcome": "Agrees", "tolerance": 1E-12 },
                  { "name": "median", "outcome": "Disagrees", "detail": "claimed above 0.5; 95 % interval [0.1, 0.2]" },
                  { "name": "test", "outcome": "Agrees", "recomputed": 0.03, "detail": "p = 0.03 at level 0.05" }
                ],
                "sampleSizes": { "rows": 12 },
                "intervals": [
                  { "name": "median", "lower": 0.1, "upper": 0.2, "level": 0.95, "method": "Wilson" }
                ],
                "pValues": { "test": 0.03 },
                "seeds": [7]
              }
            }
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void An_accepted_result_compares_equal_and_gives_its_verdict()
    {
        Accept(Result(0.1));
        _store.Compare(Result(0.1)).Should().BeEmpty();
        _store.Verdict(Result(0.1).Claim).Should().Be(Verdict.Holds);
    }

    [Theory]
    [InlineData(0.1, 0.1001, "values / x: golden 0.1, today 0.1001")]
    [InlineData(66, 67, "values / x: golden 66, today 67")]
    [InlineData(0, 1e-9, "values / x: golden 0, today 1E-09")]
    public void A_changed_number_is_named_with_both_values(double accepted, double today, string message)
    {
        Accept(Result(accepted));
        _store.Compare(Result(today)).Should().Equal(message);
        _store.Text("CRS-T1", [Result(today)]).Should().NotBe(File.ReadAllText(_store.PathOf("CRS-T1")));
    }

    [Fact]
    public void A_number_that_became_a_text_is_told_with_its_marks()
    {
        Accept(Result(66));
        var path = _store.PathOf("CRS-T1");
        File.WriteAllText(path, File.ReadAllText(path).Replace("66", "\"66\"", StringComparison.Ordinal));
        _store.Compare(Result(66)).Should().Equal("values / x: golden \"66\", today 66");
    }

    [Theory]
    [InlineData("{ \"CRS-T1-a\": {}, \"CRS-T1-a\": {} }", "CRS-T1-a")]
    [InlineData("{ \"CRS-T1-a\": { \"values\": { \"x\": 1, \"x\": 1 } } }", "'x'")]
    public void A_key_that_stands_twice_is_named_with_the_file(string golden, string key)
    {
        File.WriteAllText(_store.PathOf("CRS-T1"), golden);
        _store.Invoking(store => store.Compare(Result(1))).Should().Throw<ReproException>()
            .WithMessage($"{_store.PathOf("CRS-T1")}*malformed JSON*{key}*");
    }

    [Fact]
    public void A_number_at_the_border_of_two_roundings_stays_as_it_was_accepted()
    {
        // Half a unit of the seventh digit: which way it is rounded hangs on the last bit.
        const double Border = 0.12345675;
        foreach (var accepted in new[] { Border - 1e-15, Border + 1e-15 })
        {
            Accept(Result(accepted));
            var text = File.ReadAllText(_store.PathOf("CRS-T1"));
            foreach (var today in new[] { Border - 1e-9, Border - 1e-15, Border, Border + 1e-15, Border + 1e-9 })
            {
                _store.Text("CRS-T1", [Result(today)]).Should().Be(text);
                _store.Compare(Result(today)).Should().BeEmpty();
            }
        }

        _store.Compare(Result(Border + 2e-7)).Should().ContainSingle();
    }

    [Fact]
    public void Digits_of_a_rounding_error_do_not_count_but_its_outcome_does()
    {
        Accept(Result(1, error: 1e-15));
        _store.Compare(Result(1, error: 2e-15)).Should().BeEmpty();
        _store.Compare(Result(1, error: 2e-12)).Should().Equal("findings / rounding error / outcome: golden Agrees, today Disagrees");
    }

    [Fact]
    public void A_changed_verdict_finding_interval_or_p_value_is_named()
    {
        Accept(Result(0.1));
        _store.Compare(Result(0.1) with { Verdict = Verdict.Contradicted }).Should().Equal("verdict: golden Holds, today Contradicted");
        var evidence = Result(0.1).Evidence!;
        _store.Compare(
            Result(0.1) with
            {
                Evidence = evidence with
                {
                    Findings = [evidence.Findings[0] with { Outcome = Outcome.Disagrees }, .. evidence.Findings.Skip(1)],
                },
            })
            .Should().Equal("findings / true / outcome: golden Agrees, today Disagrees");
        _store.Compare(Result(0.1) with { Evidence = evidence with { Intervals = [evidence.Intervals[0] with { Upper = 0.3 }] } })
            .Should().Equal("intervals / median / upper: golden 0.2, today 0.3");
        _store.Compare(Result(0.1) with { Evidence = evidence with { PValues = new Dictionary<string, double>() } })
            .Should().Equal("pValues: golden { \"test\": 0.03 }, today absent");
    }

    // A renamed entry goes by its name of today.
    [Theory]
    [InlineData(2, 3, "intervals / c: golden absent, today { \"name\": \"c\", \"lower\": 1, \"upper\": 2, \"estimate\": 1.5, "
        + "\"level\": 0.95, \"method\": \"t\" }")]
    [InlineData(3, 2, "intervals / c: golden { \"name\": \"c\", \"lower\": 1, \"upper\": 2, \"estimate\": 1.5, "
        + "\"level\": 0.95, \"method\": \"t\" }, today absent")]
    public void An_interval_more_or_fewer_is_named(int accepted, int today, string message)
    {
        ClaimResult Of(int count) => Result(0.1) with
        {
            Evidence = Result(0.1).Evidence! with
            {
                Intervals = [.. new[] { "a", "b", "c" }.Take(count).Select(name => new NamedInterval(name, 1, 2, 0.95, "t", 1.5))],
            },
        };
        Accept(Of(accepted));
        _store.Compare(Of(today)).Should().Equal(message);
    }

    [Fact]
    public void A_renamed_finding_goes_by_its_name_of_today()
    {
        Accept(Result(0.1));
        var evidence = Result(0.1).Evidence!;
        var renamed = evidence with { Findings = [evidence.Findings[0] with { Name = "new" }, .. evidence.Findings.Skip(1)] };
        _store.Compare(Result(0.1) with { Evidence = renamed }).Should().Equal("findings / new / name: golden true, today new");
    }

    [Fact]
    public void Claims_stand_in_order_and_what_is_empty_is_left_out()
    {
        ClaimResult Of(string id, double zero) => new(
            Result(0).Claim with { Id = id }, Verdict.Holds,
            new EvidenceBuilder(new UsageLog()).Value("zero", zero)
                .Check("printed", new Printed("key", "4.9", new UsageLog(), "here"), 4.9).Explain("because"),
            null, 0);
        _store.Text("CRS-T1", [Of("CRS-T1-b", -0.0), Of("CRS-T1-a", 0)]).Should().Be("""
            {
              "CRS-T1-a": {
                "claim": { "locator": "Table 1", "kind": "arithmetic", "class": "published", "mode": "inferential", "statement": "s" },
                "verdict": "Holds",
                "values": { "zero": 0 },
                "findings": [
                  { "name": "printed", "outcome": "Agrees", "published": "4.9", "recomputed": 4.9 }
                ]
              },
              "CRS-T1-b": {
                "claim": { "locator": "Table 1", "kind": "arithmetic", "class": "published", "mode": "inferential", "statement": "s" },
                "verdict": "Holds",
                "values": { "zero": 0 },
                "findings": [
                  { "name": "printed", "outcome": "Agrees", "published": "4.9", "recomputed": 4.9 }
                ]
              }
            }
            """.ReplaceLineEndings("\n"));
    }

    // Two levels of indent, the key and its value: 139 characters stay on one line, the comma behind them not counted.
    [Theory]
    [InlineData(112, 140)]
    [InlineData(113, 16)]
    public void A_list_stays_on_one_line_where_it_fits(int name, int expected)
    {
        var evidence = Result(0).Evidence! with { PValues = new Dictionary<string, double> { [new string('p', name)] = 0.25 } };
        _store.Text("CRS-T1", [Result(0) with { Evidence = evidence }]).Split('\n')
            .Should().ContainSingle(line => line.StartsWith("    \"pValues\": {")).Which.Should().HaveLength(expected);
    }

    [Fact]
    public void Every_word_of_the_claim_is_accepted_under_its_own_key()
    {
        var claim = Result(1).Claim with
        {
            Published = "66% (reverse 34%)",
            Values = new Dictionary<string, string> { ["b"] = "34%", ["a"] = "66%" },
            Procedure = "p",
            Inputs = "i",
            Note = "n",
            Family = "f",
            Cause = "c",
            Statement = "s “said”",
        };
        Accept(Result(1) with { Claim = claim });
        File.ReadAllText(_store.PathOf("CRS-T1")).Should().Contain("""
                "claim": {
                  "locator": "Table 1",
                  "kind": "arithmetic",
                  "class": "published",
                  "mode": "inferential",
                  "family": "f",
                  "cause": "c",
                  "statement": "s “said”",
                  "published": "66% (reverse 34%)",
                  "procedure": "p",
                  "inputs": "i",
                  "note": "n",
                  "values": { "a": "66%", "b": "34%" }
                },
            """.ReplaceLineEndings("\n"));
        IReadOnlyList<string> Of(Claim other) => _store.Compare(Result(1) with { Claim = other });
        Of(claim).Should().BeEmpty();
        Of(claim with { Published = "67% (reverse 34%)" }).Should().Equal(
            "claim / published: golden 66% (reverse 34%), today 67% (reverse 34%)");
        Of(claim with { Published = null, Mode = ClaimMode.Descriptive }).Should().Equal(
            "claim / mode: golden inferential, today descriptive", "claim / published: golden 66% (reverse 34%), today absent");
        Of(claim with { Values = new Dictionary<string, string> { ["a"] = "67%", ["b"] = "34%" } }).Should().Equal(
            "claim / values / a: golden 66%, today 67%");
    }

    [Fact]
    public void Of_a_claim_on_runs_of_a_user_only_the_words_are_accepted()
    {
        var full = Result(1).Claim with { Kind = ClaimKind.Full };
        Accept(ClaimResult.Unchecked(full));
        File.ReadAllText(_store.PathOf("CRS-T1")).Should().NotContain("verdict");
        _store.Compare(Result(1) with { Claim = full }).Should().BeEmpty("the verdict is that of the user's runs");
        _store.Compare(ClaimResult.Unchecked(full with { Statement = "t" })).Should().Equal("claim / statement: golden s, today t");
        _store.Verdict(full).Should().BeNull();
    }

    [Fact]
    public void An_entry_that_no_claim_has_is_named_with_its_file()
    {
        _folder.Write("claims/T1.yaml", """
            paper: crs
            claims:
            - {id: CRS-T1-a, locator: here, kind: full, class: published, mode: descriptive, statement: s}
            """);
        var catalog = ClaimCatalog.Load(Path.Combine(_folder.Path, "claims"));
        _store.WithoutClaim(catalog, _ => true).Should().BeEmpty();
        _folder.Write("CRS-T1.verified.json", """{"CRS-T1-a": {}, "CRS-T1-b": {}}""");
        _folder.Write("CRS-T2.verified.json", """{"CRS-T1-a": {}}""");
        _store.WithoutClaim(catalog, _ => true).Should().Equal(
            $"{_store.PathOf("CRS-T1")}: no claim of the group has the id 'CRS-T1-b'",
            $"{_store.PathOf("CRS-T2")}: no claim of the group has the id 'CRS-T1-a'");
        _store.WithoutClaim(catalog, id => id == "CRS-T1-b").Should().ContainSingle();
        new GoldenStore(Path.Combine(_folder.Path, "nowhere")).WithoutClaim(catalog, _ => true).Should().BeEmpty();
    }

    [Fact]
    public void A_claim_that_was_never_accepted_differs() =>
        _store.Compare(Result(1)).Should().ContainSingle().Which.Should()
            .Contain("not accepted yet").And.Contain("CRS-T1.received.json");

    [Fact]
    public void A_result_that_failed_to_run_cannot_become_golden()
    {
        var write = () => _store.Text("CRS-T1", [Result(1) with { Evidence = null, Error = "boom" }]);
        write.Should().Throw<ArgumentException>().WithMessage("*failed to run: boom*");
    }

    [Theory]
    [InlineData("{\n  \"CRS-T1-a\": {\n", "*CRS-T1.verified.json:3: malformed JSON*")]
    [InlineData("[]", "*CRS-T1.verified.json:1: expected a JSON object")]
    [InlineData("{\"CRS-T1-a\": {\"verdict\": \"Perhaps\"}}", "*CRS-T1.verified.json: key 'CRS-T1-a' has no verdict, "
        + "or one that does not exist")]
    [InlineData("{\"CRS-T1-a\": 1}", "*CRS-T1.verified.json: key 'CRS-T1-a' has no verdict, or one that does not exist")]
    public void A_malformed_file_is_named(string text, string message)
    {
        _folder.Write("CRS-T1.verified.json", text);
        var read = () => _store.Verdict(Result(1).Claim);
        read.Should().Throw<ReproException>().WithMessage(message);
    }

    [Theory]
    [InlineData(",", "-")]
    [InlineData(".", "−")]
    public void The_text_is_the_same_in_every_culture(string separator, string sign)
    {
        var result = Result(-1234567.891);
        var expected = _store.Text("CRS-T1", [result]);
        var before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (separator, sign);
        try
        {
            CultureInfo.CurrentCulture = culture;
            _store.Text("CRS-T1", [result]).Should().Be(expected).And.Contain("-1234568");
            Accept(result);
            _store.Compare(result).Should().BeEmpty();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private void Accept(ClaimResult result) => _folder.Write("CRS-T1.verified.json", _store.Text("CRS-T1", [result]));

    private static ClaimResult Result(double x, double error = 0)
    {
        var claim = new Claim(
            "CRS-T1-a", Paper.Crs, "Table 1", ClaimKind.Arithmetic, ClaimClass.Published, ClaimMode.Inferential, "s", null,
            new Dictionary<string, string>(), null, null, null, null, null, "here");
        var evidence = new EvidenceBuilder(new UsageLog())
            .Value("x", x).Value("name", "n").Value("count", 3L)
            .Require("true", true, "said “so”")
            .RequireWithin("rounding error", error, 1e-12)
            .RequireInterval("median", 0.1, 0.2, Side.Above, 0.5, "Wilson")
            .RequireSignificant("test", 0.03)
            .Sample("rows", 12).Seed(7)
            .Explain("because");
        return new ClaimResult(claim, Verdict.Holds, evidence, null, 0);
    }
}
