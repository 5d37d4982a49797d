using System.Text;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Artifacts;

public sealed class MessageTurnsTests
{
    [Theory]
    [InlineData("[]", 0)]
    [InlineData("['one']", 1)]
    [InlineData("['it, is', 'two']", 2)]
    [InlineData("[\"it's\", 'three ] \\' quotes', '']", 3)]
    public void Turns_of_a_conversation_are_counted(string message, int turns)
    {
        var facts = Parse(message);

        facts.Turns.Should().Equal(turns);
        facts.MessageCharacters.Should().Equal(message.Length);
    }

    [Theory]
    [InlineData("one", "*row 1: message: expected a list of strings in square brackets")]
    [InlineData("['one'", "*row 1: message: expected a list*")]
    [InlineData("['one, 'two']", "*row 1: message: character 9: expected a quoted string*")]
    [InlineData("['one', two]", "*row 1: message: character 9: expected a quoted string*")]
    [InlineData("['one]", "*row 1: message: character 6: expected a quoted string*")]
    public void A_broken_list_is_named(string message, string expected) =>
        FluentActions.Invoking(() => Parse(message)).Should().Throw<ReproException>().WithMessage(expected);

    private static AugmentationFacts Parse(string message) => AugmentationFacts.Parse(
        new RawFile(
            "a.csv",
            Encoding.UTF8.GetBytes($"message,reply,score\n\"{message.Replace("\"", "\"\"", StringComparison.Ordinal)}\",r,0.1\n")));
}
