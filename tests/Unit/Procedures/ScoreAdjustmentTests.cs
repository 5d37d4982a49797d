using Repro.Core;
using Repro.Experiments.Crs.Specs;

namespace Repro.Tests.Unit.Procedures;

public sealed class ScoreAdjustmentTests
{
    [Fact]
    public void Bound_and_shift_are_read_from_the_rule() =>
        ScoreAdjustment.Parse("p < 0.46 -> p - 0.12, floor 0").Should().Be((0.46, 0.12));

    [Theory]
    [InlineData("")]
    [InlineData("p > 0.46 -> p - 0.12")]
    public void Another_rule_is_named(string rule)
    {
        var parse = () => ScoreAdjustment.Parse(rule);
        parse.Should().Throw<ReproException>().WithMessage($"setting 'eval_code.low_score_hack' is '{rule}', expected *");
    }
}
