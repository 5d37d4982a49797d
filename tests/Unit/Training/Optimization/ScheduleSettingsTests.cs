using Repro.Core;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;

namespace Repro.Tests.Unit.Training.Optimization;

public sealed class ScheduleSettingsTests
{
    [Theory]
    [InlineData(ScheduleShape.Constant, new[] { 0, 0.5, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(ScheduleShape.Linear, new[] { 0, 0.5, 1, 7.0 / 8, 6.0 / 8, 5.0 / 8, 4.0 / 8, 3.0 / 8, 2.0 / 8, 1.0 / 8 })]
    public void The_factor_rises_over_the_warm_up_and_then_takes_its_shape(ScheduleShape kind, double[] expected)
    {
        var factor = new ScheduleSettings { Kind = kind, WarmupRatio = 0.15 }.Factor(10);
        Enumerable.Range(0, 10).Select(step => factor(step)).Should().Equal(expected, (found, wanted) => Math.Abs(found - wanted) < 1e-12);
    }

    [Fact]
    public void The_cosine_falls_to_nothing()
    {
        var factor = new ScheduleSettings { Kind = ScheduleShape.Cosine }.Factor(100);
        factor(0).Should().Be(1);
        factor(50).Should().BeApproximately(0.5, 1e-12);
        factor(99).Should().BeLessThan(0.001);
    }

    [Fact]
    public void A_warm_up_that_is_no_share_is_refused() =>
        new ScheduleSettings { WarmupRatio = 1.5 }.Invoking(settings => settings.Factor(10))
            .Should().Throw<ReproException>().WithMessage("schedule.warmup_ratio*1.5*");
}
