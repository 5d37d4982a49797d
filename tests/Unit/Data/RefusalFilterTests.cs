using Repro.Core;
using Repro.Core.Data;

namespace Repro.Tests.Unit.Data;

public sealed class RefusalFilterTests
{
    [Theory]
    [InlineData("What is tin?", "AS AN AI, I like tin.", false)]
    [InlineData("Speak as an Ai would.", "Beep.", false)]
    [InlineData("What is tin?", "A metal.", true)]
    public void A_phrase_in_question_or_answer_drops_the_conversation_in_whatever_case(string question, string answer, bool keeps) =>
        new RefusalFilter(["as an ai"])
            .Keeps(new Conversation(new("s", "g", "i"), [new(ChatRole.User, question), new(ChatRole.Assistant, answer)]))
            .Should().Be(keeps);

    [Fact]
    public void The_phrase_is_told() => new RefusalFilter(["no way", "never"]).Find("I NEVER do, no way").Should().Be("no way");

    [Fact]
    public void An_empty_list_or_phrase_is_an_error()
    {
        FluentActions.Invoking(() => new RefusalFilter([])).Should().Throw<ReproException>();
        FluentActions.Invoking(() => new RefusalFilter(["x", " "])).Should().Throw<ReproException>();
    }

    [Fact]
    public void The_general_list_has_no_phrase_twice() =>
        RefusalFilter.GeneralPhrases.Should().OnlyHaveUniqueItems().And.OnlyContain(phrase => !phrase.Any(char.IsUpper));
}
