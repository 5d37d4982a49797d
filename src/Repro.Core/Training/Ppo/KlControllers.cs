namespace Repro.Core.Training.Ppo;

/// <summary>The coefficient of the KL penalty over a run.</summary>
public abstract class KlController
{
    /// <summary>Starts at a coefficient.</summary>
    /// <param name="initial">Not negative.</param>
    /// <exception cref="ArgumentException">It is negative or not finite.</exception>
    protected KlController(double initial)
    {
        TensorChecks.NotNegative(initial, nameof(initial));
        Coefficient = initial;
    }

    /// <summary>The coefficient in force.</summary>
    public double Coefficient { get; protected set; }

    /// <summary>Updates the coefficient after a batch.</summary>
    /// <param name="kl">The KL measured on it, in nats, summed over a response and averaged over the batch.</param>
    /// <param name="samples">The number of its responses.</param>
    /// <exception cref="ReproException">The KL is not finite.</exception>
    /// <exception cref="ArgumentException">The number is not above 0.</exception>
    public void Update(double kl, long samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        if (!double.IsFinite(kl))
        {
            throw new ReproException(Invariant($"kl is {kl}; a finite divergence was expected."));
        }

        Coefficient = Next(kl, samples);
    }

    /// <summary>The coefficient after a batch.</summary>
    /// <param name="kl">Finite.</param>
    /// <param name="samples">Above 0.</param>
    /// <returns>The new coefficient.</returns>
    protected abstract double Next(double kl, long samples);
}

/// <summary>A coefficient that stays.</summary>
/// <param name="coefficient">Not negative.</param>
public sealed class FixedKlController(double coefficient) : KlController(coefficient)
{
    /// <inheritdoc/>
    protected override double Next(double kl, long samples) => Coefficient;
}

/// <summary>
/// A coefficient that follows a target: after each batch it is multiplied by 1 + clip(kl / target - 1, -0.2, 0.2) * samples / horizon.
/// </summary>
public sealed class AdaptiveKlController : KlController
{
    private const double LargestError = 0.2;

    private readonly double _target;
    private readonly double _horizon;

    /// <summary>Starts at a coefficient.</summary>
    /// <param name="initial">Not negative.</param>
    /// <param name="target">The KL to hold, in nats, above 0.</param>
    /// <param name="horizon">Samples over which an error takes full effect, above 0.</param>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public AdaptiveKlController(double initial, double target, double horizon)
        : base(initial)
    {
        TensorChecks.Positive(target, nameof(target));
        TensorChecks.Positive(horizon, nameof(horizon));
        _target = target;
        _horizon = horizon;
    }

    /// <inheritdoc/>
    protected override double Next(double kl, long samples) =>
        Coefficient * (1 + (Math.Clamp((kl / _target) - 1, -LargestError, LargestError) * samples / _horizon));
}
