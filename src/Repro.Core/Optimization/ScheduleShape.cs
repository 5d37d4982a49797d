namespace Repro.Core.Optimization;

/// <summary>How the learning rate runs after the warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Stays at the base rate. <c>constant</c>; with warm-up <c>constant_with_warmup</c>.</summary>
    Constant,

    /// <summary>Falls in a straight line to 0 at the last step. <c>linear</c>.</summary>
    Linear,

    /// <summary>Follows a cosine; half a cycle ends at 0. <c>cosine</c>.</summary>
    Cosine,

    /// <summary>Falls along half a cosine to 0 several times, jumping back to the base rate between. <c>cosine_with_restarts</c>.</summary>
    CosineWithRestarts,

    /// <summary>Falls to an end rate as a power of the remaining share of steps. <c>polynomial</c>.</summary>
    Polynomial,

    /// <summary>Falls with the inverse square root of the step. <c>inverse_sqrt</c>.</summary>
    InverseSquareRoot,
}
