namespace Repro.Core.Training;

/// <summary>How the learning rate goes after the warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls linearly to 0.</summary>
    Linear,

    /// <summary>It falls to 0 along half a cosine.</summary>
    Cosine,
}
