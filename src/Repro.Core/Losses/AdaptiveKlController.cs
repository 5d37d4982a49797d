namespace Repro.Core.Losses;

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
        Guard.Positive(target, nameof(target));
        Guard.Positive(horizon, nameof(horizon));
        _target = target;
        _horizon = horizon;
    }

    /// <inheritdoc/>
    protected override double Next(double kl, long samples) =>
        Coefficient * (1 + (Math.Clamp((kl / _target) - 1, -LargestError, LargestError) * samples / _horizon));
}
