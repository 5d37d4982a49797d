using Repro.Experiments.Claims;

namespace Repro.Tests.Golden.Claims;

/// <summary>Each claim: what it says and what its spec gives today is what was accepted. A contradicted claim passes; what fails is a
/// change.</summary>
public sealed class ClaimTests
{
    private static readonly string _folder = Path.Combine(RepositoryRoot.Find(), "fixtures", "golden");
    private static readonly GoldenStore _golden = new(_folder);
    private static readonly TodaysResults _today = TodaysResults.On(null);

    /// <summary>One claim, as <c>verify --strict</c> compares it.</summary>
    [ClaimTests]
    public void Verdict_and_evidence_are_golden(string claimId)
    {
        var result = _today.Of(claimId);
        result.Error.Should().BeNull();
        _golden.Compare(result).Should().BeEmpty("{0} says: {1}", result.Verdict, result.Evidence?.Explanation);
        result.DescribeUnread().Should().BeEmpty();
    }

    /// <summary>The file of a group, which holds nothing but its claims. On a mismatch <c>fixtures/golden/GROUP.received.json</c> is
    /// written.</summary>
    [ClaimTests(Groups = true)]
    public Task The_file_of_the_group_is_golden(string group) =>
        Verify(_golden.Text(group, _today.OfGroup(group)), extension: "json")
            .UseDirectory(_folder).UseFileName(group);
}
