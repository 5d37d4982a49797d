namespace Repro.Core.Losses;

/// <summary>How far the probability ratio of PPO may move before its gradient stops: from 1 - <see cref="Low"/> to 1 + <see cref="High"/>.</summary>
/// <param name="Low">Room below 1, from 0 to 1.</param>
/// <param name="High">Room above 1, not negative.</param>
/// <param name="Dual">The dual clip: for negative advantages A the objective is at least Dual * A; above 1, null for none.</param>
public sealed record ClipRange(double Low, double High, double? Dual = null)
{
    /// <summary>The same room on both sides, CRS Eq. 2.11.</summary>
    /// <param name="epsilon">From 0 to 1.</param>
    /// <returns>The range.</returns>
    public static ClipRange Symmetric(double epsilon) => new(epsilon, epsilon);

    internal void Check()
    {
        Guard.Between(Low, 0, 1, nameof(Low));
        Guard.NotNegative(High, nameof(High));
        if (Dual is { } dual && !(dual > 1 && double.IsFinite(dual)))
        {
            throw new ArgumentOutOfRangeException(nameof(Dual), Invariant($"Dual must be finite and above 1, was {dual}."));
        }
    }
}
