using FsCheck;
using FsCheck.Fluent;
using Xunit.Sdk;

namespace Repro.Tests.Properties.Shared;

/// <summary>The adapter must fail on what is false, say how, and repeat itself.</summary>
public class CheckTests
{
    private static readonly Gen<int> Small = Gen.Choose(0, 1000);

    private static Arbitrary<int> Shrinking =>
        Arb.From(Small, value => value > 0 ? new[] { value / 2, value - 1 } : Array.Empty<int>());

    private static string FailureOf(Action action) => action.Should().Throw<XunitException>().Which.Message;

    [Fact]
    public void A_true_property_passes_and_sees_the_stated_number_of_cases()
    {
        var seen = 0;
        Check.That("non-negative", Small, value => { seen++; return value >= 0; }, cases: 321);
        seen.Should().Be(321);
    }

    [Fact]
    public void A_false_property_fails_with_the_smallest_counter_example_and_the_seed()
    {
        var message = FailureOf(() => Check.That("below 400", Shrinking, value => value < 400));

        var (seed, gamma) = Check.SeedFor("below 400", null);
        message.Should().Contain("'below 400' is false");
        message.Should().Contain("counter-example: 400" + Environment.NewLine);
        message.Should().Contain($"{Check.ReplayVariable}={seed},{gamma}");
    }

    [Fact]
    public void The_printed_seed_replays_the_same_cases()
    {
        static List<int> Values(string? replay)
        {
            var values = new List<int>();
            Check.Run("any", Prop.ForAll(Arb.From(Small), (int value) => { values.Add(value); return true; }), 50, Show.Value, replay);
            return values;
        }

        var first = Values("12345,6789");
        Values("12345,6789").Should().Equal(first);
        Values("12346,6789").Should().NotEqual(first);
        Values(null).Should().Equal(Values(null));
        Values("random").Should().NotEqual(Values("random"));
    }

    [Fact]
    public void Replaying_the_seed_of_a_failure_gives_that_failure_again()
    {
        var property = Prop.ForAll(Shrinking, (int value) => value < 900);
        var message = FailureOf(() => Check.Run("fails", property, 200, Show.Value, "77,99"));

        message.Should().Contain("=77,99");
        FailureOf(() => Check.Run("fails", property, 200, Show.Value, "77,99")).Should().Be(message);
    }

    [Fact]
    public void A_throwing_assertion_is_a_failure_that_keeps_its_reason()
    {
        var message = FailureOf(() => Check.That("asserts", Shrinking, (int value) => { value.Should().BeLessThan(10); }));

        message.Should().Contain("counter-example: 10" + Environment.NewLine);
        message.Should().Contain("less than 10");
    }

    [Fact]
    public void A_property_that_rejects_its_cases_fails_rather_than_passes_unseen()
    {
        var never = Prop.ForAll(Arb.From(Small), (int value) => Prop.Implies(value < 0, true));

        FailureOf(() => Check.That("never applies", never)).Should().Contain("of 200 cases met the condition");
    }

    [Fact]
    public void Arrays_and_doubles_are_printed_readably()
    {
        Show.Value(new[] { 0.1, double.NaN }).Should().Be("[0.1, NaN]");
        Show.Value((new[] { 1, 2 }, "x", 0.5f)).Should().Be("([1, 2], \"x\", 0.5f)");
        Show.Value(null).Should().Be("null");

        var message = FailureOf(() => Check.That("own printer", Small, value => value < 0, show: value => Invariant($"<{value}>")));
        message.Should().MatchRegex("counter-example: <[0-9]+>");
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("1")]
    [InlineData("1,2")]
    [InlineData("1,3,5")]
    [InlineData("-1,3")]
    public void A_malformed_replay_value_is_named(string replay)
    {
        var act = () => Check.SeedFor("x", replay);
        act.Should().Throw<ArgumentException>().WithMessage($"*{Check.ReplayVariable}*'{replay}'*");
    }
}
