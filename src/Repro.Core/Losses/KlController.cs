namespace Repro.Core.Losses;

/// <summary>The coefficient of the KL penalty over a run.</summary>
public abstract class KlController
{
    /// <summary>Starts at a coefficient.</summary>
    /// <param name="initial">Not negative.</param>
    /// <exception cref="ArgumentException">It is negative or not finite.</exception>
    protected KlController(double initial)
    {
        Guard.NotNegative(initial, nameof(initial));
        Coefficient = initial;
    }

    /// <summary>The coefficient in force.</summary>
    public double Coefficient { get; protected set; }

    /// <summary>Takes note of a batch.</summary>
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
