using Repro.Core.Losses;

namespace Repro.Core.Training.Ppo;

/// <summary>How the policy is held near the reference.</summary>
public sealed record KlSettings
{
    /// <summary>The penalty of a token. Penalty, report and controller share this one estimator.</summary>
    public KlPenaltyKind Penalty { get; init; } = KlPenaltyKind.LogRatio;

    /// <summary>The coefficient at the start; not negative.</summary>
    public double Coefficient { get; init; } = 0.2;

    /// <summary>Whether the coefficient follows <see cref="Target"/>; otherwise it stays.</summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>The KL to hold, in nats a response.</summary>
    public double Target { get; init; } = 6;

    /// <summary>Responses over which an error takes full effect.</summary>
    public double Horizon { get; init; } = 10_000;

    internal KlController Controller(double? coefficient = null) => Adaptive
        ? new AdaptiveKlController(coefficient ?? Coefficient, Target, Horizon)
        : new FixedKlController(coefficient ?? Coefficient);
}
