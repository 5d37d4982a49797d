using Repro.Core;
using Repro.Experiments.Reporting;

namespace Repro.Tests.Unit.Claims;

/// <summary>The texts of the errata are refused with the place of the mistake.</summary>
public sealed class ErrataCausesTests
{
    private const string Entry =
        "- {cause: a, group: top, place: p, printed: q, data: d, conclusion: no, certainty: certain, replacement: r}";

    private const string Whole = $"holds: []\nentries:\n{Entry}\nfindings: []\nassumptions: []\nreply: here\n";

    [Fact]
    public void A_whole_file_is_read() =>
        Load(Whole).Causes.Should().Equal(new ErrataCause("a", ErrataGroup.Top, "p", "q", "d", "no", "certain", "r"));

    [Theory]
    [InlineData("group: top", "group: best", ":3: group 'best' is not one of top, printed, code, undecided")]
    [InlineData("group: top", "group: 7", ":3: group '7' is not one of")]
    [InlineData(", replacement: r", "", ":3: an entry lacks the key 'replacement'")]
    [InlineData("replacement: r", "replacement: ' '", ":3: 'replacement' of an entry is empty")]
    [InlineData("replacement: r", "replacement: r, sure: yes", ":3: unknown key 'sure' in an entry")]
    [InlineData("findings: []", $"{Entry}\nfindings: []", "the cause 'a' has 2 entries, expected one")]
    [InlineData("holds: []", "holds:\n- {text: t, claims: []}", ":2: 'claims' is empty")]
    [InlineData("reply: here\n", "", ":1: the errata lacks the key 'reply'")]
    public void A_mistake_is_named_with_its_line(string from, string to, string message) =>
        FluentActions.Invoking(() => Load(Whole.Replace(from, to, StringComparison.Ordinal)))
            .Should().Throw<ReproException>().WithMessage($"*{message}*");

    private static ErrataCauses Load(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return ErrataCauses.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
