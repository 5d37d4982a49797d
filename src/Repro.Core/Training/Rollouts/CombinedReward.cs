using Repro.Core.Losses;

namespace Repro.Core.Training.Rollouts;

/// <summary>
/// Two rewards as one: weight * preference + (1 - weight) * absolute. A weight of 0 is the absolute reward alone and 1 the preference
/// reward alone: the other one is not even computed.
/// </summary>
public sealed class CombinedReward : IRewardFunction
{
    private readonly IRewardFunction _preference;
    private readonly IRewardFunction _absolute;
    private readonly double _weight;

    /// <summary>Puts two rewards together.</summary>
    /// <param name="preference">The reward of a preference model.</param>
    /// <param name="absolute">The reward of an absolute model.</param>
    /// <param name="weight">Share of the preference reward, from 0 to 1.</param>
    /// <exception cref="ArgumentException">The weight is outside 0 to 1.</exception>
    public CombinedReward(IRewardFunction preference, IRewardFunction absolute, double weight)
    {
        ArgumentNullException.ThrowIfNull(preference);
        ArgumentNullException.ThrowIfNull(absolute);
        Guard.Between(weight, 0, 1, nameof(weight));
        (_preference, _absolute, _weight) = (preference, absolute, weight);
    }

    /// <inheritdoc/>
    public RewardScores Score(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation)
    {
        var preference = _weight > 0 ? _preference.Score(rollouts, cancellation).Total : null;
        var absolute = _weight < 1 ? _absolute.Score(rollouts, cancellation).Total : null;
        var parts = new Dictionary<string, IReadOnlyList<double>>();
        if (preference is not null)
        {
            parts["preference"] = preference;
        }

        if (absolute is not null)
        {
            parts["absolute"] = absolute;
        }

        var total = (preference, absolute) switch
        {
            (null, { } only) => only,
            ({ } only, null) => only,
            _ => [.. preference!.Zip(absolute!, (p, a) => (_weight * p) + ((1 - _weight) * a))],
        };
        return new RewardScores(total) { Parts = parts };
    }
}
