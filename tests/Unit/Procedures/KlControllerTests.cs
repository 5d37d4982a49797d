using Repro.Experiments.Crs.Specs;

namespace Repro.Tests.Unit.Procedures;

public sealed class KlControllerTests
{
    private static readonly PrintedKlController Controller = new(Clip: 0.2, Batch: 50, Horizon: 100);

    [Fact]
    public void No_step_leaves_the_coefficient() => Controller.FactorAfter(0).Should().Be((1, 1));

    [Fact]
    public void Steps_multiply()
    {
        var (smallest, largest) = Controller.FactorAfter(2);
        smallest.Should().BeApproximately(0.81, 1e-12);
        largest.Should().BeApproximately(1.21, 1e-12);
    }

    [Fact]
    public void Without_clip_range_nothing_moves() => new PrintedKlController(0, 50, 100).FactorAfter(7).Should().Be((1, 1));

    [Fact]
    public void Negative_steps_are_refused()
    {
        var steps = () => Controller.FactorAfter(-1);
        steps.Should().Throw<ArgumentOutOfRangeException>();
    }
}
