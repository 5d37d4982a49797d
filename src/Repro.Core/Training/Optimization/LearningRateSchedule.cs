using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Repro.Core.Training.Optimization;

/// <summary>
/// The learning rate as a function of the step: a straight rise from 0 over the warm-up, then a shape. Nothing is remembered between steps,
/// so that a resumed run needs the number of the step only.
/// </summary>
/// <param name="Shape">How the rate runs after the warm-up.</param>
/// <param name="WarmupSteps">Steps of the warm-up, not negative; step 0 of a warm-up has rate 0.</param>
/// <param name="TotalSteps">Optimiser steps of the whole run, at least 1; null where the shape does not need it (constant, inverse square
/// root).</param>
/// <param name="Cycles">Cycles of a cosine (0.5 ends at 0), or whole number of falls with restarts; null for 0.5 and 1.</param>
/// <param name="EndRate">The rate after the last step of a polynomial, not negative.</param>
/// <param name="Power">The power of a polynomial, above 0.</param>
/// <param name="Timescale">Steps after which the inverse square root begins to fall, above 0; null for the warm-up, or 10 000 where there
/// is none.</param>
public sealed record LearningRateSchedule(
    ScheduleShape Shape,
    long WarmupSteps = 0,
    long? TotalSteps = null,
    double? Cycles = null,
    double EndRate = 1e-7,
    double Power = 1,
    double? Timescale = null)
{
    private const double DefaultTimescale = 10_000;

    private static readonly Dictionary<string, ScheduleShape> Shapes = new(StringComparer.Ordinal)
    {
        ["constant"] = ScheduleShape.Constant,
        ["constant_with_warmup"] = ScheduleShape.Constant,
        ["linear"] = ScheduleShape.Linear,
        ["cosine"] = ScheduleShape.Cosine,
        ["cosine_with_restarts"] = ScheduleShape.CosineWithRestarts,
        ["polynomial"] = ScheduleShape.Polynomial,
        ["inverse_sqrt"] = ScheduleShape.InverseSquareRoot,
    };

    /// <summary>The shape that configurations of transformers call by a name.</summary>
    /// <param name="name">Such as <c>cosine</c>.</param>
    /// <exception cref="ReproException">The name is unknown.</exception>
    public static ScheduleShape Named(string name) => Shapes.TryGetValue(name, out var shape)
        ? shape
        : throw new ReproException($"learning-rate schedule '{name}' is not known; one of {string.Join(", ", Shapes.Keys)} was expected.");

    /// <summary>Steps of a warm-up that is given as a share of the run, rounded up.</summary>
    /// <param name="ratio">From 0 to 1.</param>
    /// <param name="totalSteps">Optimiser steps of the run, not negative.</param>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static long WarmupOf(double ratio, long totalSteps)
    {
        if (!(ratio >= 0 && ratio <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ratio), Invariant($"ratio must be from 0 to 1, was {ratio}."));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        return (long)Math.Ceiling(totalSteps * ratio);
    }

    /// <summary>The rate in force during an optimiser step. Past the last step it stays where the shape leaves it.</summary>
    /// <param name="baseRate">The rate at the end of the warm-up, finite and above 0.</param>
    /// <param name="step">Counted from 0.</param>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public double Rate(double baseRate, long step)
    {
        if (!(baseRate > 0 && double.IsFinite(baseRate)))
        {
            throw new ArgumentOutOfRangeException(nameof(baseRate), Invariant($"baseRate must be finite and above 0, was {baseRate}."));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Check();
        return step < WarmupSteps ? baseRate * ((double)step / WarmupSteps) : Shape switch
        {
            ScheduleShape.Constant => baseRate,
            ScheduleShape.Linear => baseRate * Math.Max(0, (double)(Total - step) / Math.Max(1, Total - WarmupSteps)),
            ScheduleShape.Cosine => baseRate * HalfWave((Cycles ?? 0.5) * 2 * Progress(step)),
            ScheduleShape.CosineWithRestarts => Progress(step) >= 1 ? 0 : baseRate * HalfWave((Cycles ?? 1) * Progress(step) % 1),
            ScheduleShape.Polynomial => step > Total ? EndRate : PolynomialRate(baseRate, step),
            ScheduleShape.InverseSquareRoot => baseRate / Math.Sqrt((step + Scale - WarmupSteps) / Scale),
            _ => throw new ArgumentException($"the shape {Shape} is not known."),
        };
    }

    /// <summary>Sets the rate of every parameter group of an optimiser, each from its own initial rate.</summary>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="step">The step that it is about to make, counted from 0.</param>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public void Apply(optim.Optimizer optimizer, long step)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = Rate(group.InitialLearningRate, step);
        }
    }

    private long Total => TotalSteps ?? throw new ArgumentException($"a schedule of shape {Shape} needs TotalSteps.");

    private double Scale => Timescale ?? (WarmupSteps > 0 ? WarmupSteps : DefaultTimescale);

    private static double HalfWave(double phase) => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * phase)));

    private double Progress(long step) => (double)(step - WarmupSteps) / Math.Max(1, Total - WarmupSteps);

    private double PolynomialRate(double baseRate, long step)
    {
        if (EndRate >= baseRate)
        {
            throw new ArgumentException(Invariant($"EndRate must be below the base rate {baseRate}, was {EndRate}."));
        }

        return ((baseRate - EndRate) * Math.Pow(1 - Progress(step), Power)) + EndRate;
    }

    private void Check()
    {
        TensorChecks.NotNegative(WarmupSteps, nameof(WarmupSteps));
        if (TotalSteps is < 1)
        {
            throw new ArgumentException(Invariant($"TotalSteps must be at least 1, was {TotalSteps}."));
        }

        TensorChecks.Positive(Cycles ?? 1, nameof(Cycles));
        TensorChecks.NotNegative(EndRate, nameof(EndRate));
        TensorChecks.Positive(Power, nameof(Power));
        TensorChecks.Positive(Scale, nameof(Timescale));
    }
}

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
    [JsonStringEnumMemberName("inverse_sqrt")]
    InverseSquareRoot,
}
