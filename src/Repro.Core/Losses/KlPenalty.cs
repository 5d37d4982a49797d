namespace Repro.Core.Losses;

/// <summary>The penalty of one token from its log-ratio d = log policy - log reference.</summary>
public enum KlPenalty
{
    /// <summary>d itself, estimator k1; may be negative for a token.</summary>
    LogRatio,

    /// <summary>|d|.</summary>
    Absolute,

    /// <summary>d^2 / 2, estimator k2.</summary>
    HalfSquare,

    /// <summary>exp(-d) - 1 + d, estimator k3; never negative, unbiased.</summary>
    LowVariance,
}
