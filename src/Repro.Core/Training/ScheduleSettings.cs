using Repro.Core.Optimization;

namespace Repro.Core.Training;

/// <summary>How the learning rate goes.</summary>
public sealed record ScheduleSettings
{
    /// <summary>The form after the warm-up.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Constant;

    /// <summary>Share of all steps over which the rate grows linearly from 0.</summary>
    public double WarmupRatio { get; init; }

    /// <summary>The factor of the largest learning rate at each step of a run, counted from 0: what <see cref="TrainingOptimizer"/> takes.</summary>
    /// <param name="totalSteps">Updates of the whole run, at least 1.</param>
    /// <exception cref="ReproException">The warm-up is not a share.</exception>
    public Func<long, double> Factor(long totalSteps)
    {
        if (!(WarmupRatio >= 0 && WarmupRatio <= 1))
        {
            throw new ReproException(Invariant($"schedule.warmup_ratio must be from 0 to 1, was {WarmupRatio}."));
        }

        var shape = Kind switch
        {
            ScheduleKind.Constant => ScheduleShape.Constant,
            ScheduleKind.Linear => ScheduleShape.Linear,
            ScheduleKind.Cosine => ScheduleShape.Cosine,
            _ => throw new ReproException($"schedule.kind {Kind} is not known."),
        };
        var schedule = new LearningRateSchedule(shape, LearningRateSchedule.WarmupOf(WarmupRatio, totalSteps), totalSteps);
        return step => schedule.Rate(1, step);
    }
}
