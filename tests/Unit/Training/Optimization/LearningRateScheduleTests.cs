using Repro.Core;
using Repro.Core.Training.Optimization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Optimization;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(ScheduleShape.Linear, 10, 0)]
    [InlineData(ScheduleShape.Cosine, 10, 0)]
    [InlineData(ScheduleShape.CosineWithRestarts, 10, 0)]
    [InlineData(ScheduleShape.Polynomial, 10, 1e-7)]
    [InlineData(ScheduleShape.Constant, 10, 0.5)]
    public void Rises_to_the_base_rate_and_ends_where_the_shape_says(ScheduleShape shape, long last, double end)
    {
        var schedule = new LearningRateSchedule(shape, WarmupSteps: 4, TotalSteps: last);
        schedule.Rate(0.5, 0).Should().Be(0);
        schedule.Rate(0.5, 2).Should().Be(0.25);
        schedule.Rate(0.5, 4).Should().Be(0.5);
        schedule.Rate(0.5, last).Should().BeApproximately(end, 1e-15);
    }

    [Fact]
    public void Restarts_jump_back_to_the_base_rate()
    {
        var schedule = new LearningRateSchedule(ScheduleShape.CosineWithRestarts, TotalSteps: 20, Cycles: 2);
        schedule.Rate(1, 9).Should().BeLessThan(0.05);
        schedule.Rate(1, 10).Should().Be(1);
    }

    [Fact]
    public void Inverse_square_root_halves_at_four_timescales()
    {
        new LearningRateSchedule(ScheduleShape.InverseSquareRoot, WarmupSteps: 5).Rate(1, 20).Should().BeApproximately(0.5, 1e-15);
        new LearningRateSchedule(ScheduleShape.InverseSquareRoot).Rate(1, 30_000).Should().BeApproximately(0.5, 1e-15);
    }

    [Fact]
    public void A_warm_up_longer_than_the_run_never_reaches_the_base_rate_within_it() =>
        new LearningRateSchedule(ScheduleShape.Linear, WarmupSteps: 20, TotalSteps: 10).Rate(1, 9).Should().Be(0.45);

    [Fact]
    public void Sets_every_group_from_its_own_initial_rate()
    {
        using var scope = NewDisposeScope();
        using var optimizer = optim.SGD([nn.Parameter(zeros(2))], 0.1);
        optimizer.add_param_group(new TorchSharp.Modules.SGD.ParamGroup([nn.Parameter(zeros(2))], 0.4));
        var schedule = new LearningRateSchedule(ScheduleShape.Linear, TotalSteps: 4);
        foreach (var step in new[] { 1, 3, 2 })
        {
            schedule.Apply(optimizer, step);
        }

        optimizer.ParamGroups.Select(group => group.LearningRate).Should().Equal(0.05, 0.2);
    }

    [Theory]
    [InlineData("linear", ScheduleShape.Linear)]
    [InlineData("constant_with_warmup", ScheduleShape.Constant)]
    [InlineData("inverse_sqrt", ScheduleShape.InverseSquareRoot)]
    public void Names_are_those_of_transformers(string name, ScheduleShape shape) => LearningRateSchedule.Named(name).Should().Be(shape);

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones() =>
        FluentActions.Invoking(() => LearningRateSchedule.Named("cosin"))
            .Should().Throw<ReproException>().WithMessage("*'cosin'*cosine_with_restarts*");

    [Fact]
    public void Impossible_numbers_are_refused()
    {
        static Action Of(LearningRateSchedule schedule, double rate = 1, long step = 0) => () => schedule.Rate(rate, step);
        Of(new(ScheduleShape.Linear)).Should().Throw<ArgumentException>().WithMessage("*TotalSteps*");
        Of(new(ScheduleShape.Linear, TotalSteps: 0)).Should().Throw<ArgumentException>();
        Of(new(ScheduleShape.Linear, WarmupSteps: -1, TotalSteps: 5)).Should().Throw<ArgumentException>();
        Of(new(ScheduleShape.Constant), rate: double.NaN).Should().Throw<ArgumentException>();
        Of(new(ScheduleShape.Constant), step: -1).Should().Throw<ArgumentException>();
        Of(new(ScheduleShape.Polynomial, TotalSteps: 5, EndRate: 2))
            .Should().Throw<ArgumentException>().WithMessage("*below the base rate*");
        Of(new(ScheduleShape.Cosine, TotalSteps: 5, Cycles: 0)).Should().Throw<ArgumentException>();
        Of(new(ScheduleShape.InverseSquareRoot, Timescale: 0)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => LearningRateSchedule.WarmupOf(1.5, 10)).Should().Throw<ArgumentException>();
    }
}
