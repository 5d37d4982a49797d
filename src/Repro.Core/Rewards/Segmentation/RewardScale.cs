namespace Repro.Core.Rewards.Segmentation;

/// <summary>
/// Brings rewards between -1 and 1: the middle of their range goes to 0, so that a common offset costs no digits, and the rest is divided by a power
/// of two, which is exact and keeps squares finite whatever the unit of the rewards.
/// </summary>
internal readonly struct RewardScale
{
    private const int SmallestExponent = -1022;

    private readonly double _shift;
    private readonly double _factor;

    public RewardScale(ReadOnlySpan<double> rewards)
    {
        double low = rewards[0], high = rewards[0];
        foreach (var reward in rewards)
        {
            low = Math.Min(low, reward);
            high = Math.Max(high, reward);
        }

        _shift = (low / 2) + (high / 2);
        var half = Math.Max(high - _shift, _shift - low);
        _factor = half == 0 ? 1 : Math.ScaleB(1, -Math.Max(SmallestExponent, Math.ILogB(half) + 1));
    }

    public double Apply(double reward) => (reward - _shift) * _factor;

    /// <summary>The penalty in the new unit. One that exceeds any possible error is cut down: one segment is best for all of them.</summary>
    public double Penalty(double penalty, int tokens) => Math.Min(penalty * _factor * _factor, 2.0 * tokens);
}
