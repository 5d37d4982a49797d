namespace Repro.Core.Training;

/// <summary>How the learning rate goes.</summary>
public sealed record ScheduleSettings
{
    /// <summary>The form after the warm-up.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Constant;

    /// <summary>Share of all steps over which the rate grows linearly from 0.</summary>
    public double WarmupRatio { get; init; }
}
