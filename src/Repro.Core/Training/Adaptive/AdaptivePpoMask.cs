using System.Text.Json.Nodes;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Adaptive;

/// <summary>M(s, a) of adaptive PPO (ADR Eq. 14): the response tokens that the clipped surrogate is taken over.</summary>
/// <param name="settings">How tokens are chosen.</param>
/// <param name="preferredBy">What makes a sampled token one of a preferred sample.</param>
/// <param name="gamma">Discount of temporal-difference errors, that of the returns.</param>
/// <param name="rewardModel">Scores after every token, where token rewards come from it.</param>
public sealed class AdaptivePpoMask(AdaptiveSettings settings, PreferredBy preferredBy, double gamma, IRewardModel? rewardModel = null) : IPpoMask
{
    private readonly AdaptiveTokens _tokens = new(settings);

    /// <inheritdoc/>
    public Tensor Mask(RolloutBatch batch, PpoTargets targets, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(scores);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var mask = batch.Tokens.Mask;
        var preferred = Preferred(targets, scores);
        if (settings.Rewards == TokenRewardSource.TemporalDifference)
        {
            var values = batch.Values ?? throw new ArgumentException("Temporal-difference errors need values.", nameof(batch));
            var baseline = new TemporalDifferenceThreshold(values, gamma).For(targets.Rewards, mask);
            return _tokens.Mask(targets.Rewards, mask, preferred, baseline).MoveToOuterDisposeScope();
        }

        return _tokens.Mask(RolloutTokenRewards.Of(batch, settings, rewardModel), mask, preferred).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public JsonObject StateValues() => _tokens.StateValues();

    /// <inheritdoc/>
    public void RestoreValues(JsonObject? values) => _tokens.RestoreValues(values);

    private Tensor Preferred(PpoTargets targets, IReadOnlyList<double> scores)
    {
        if (preferredBy == PreferredBy.Advantage)
        {
            return targets.Advantages.gt(0);
        }

        var mean = scores.Average();
        return tensor([.. scores.Select(score => score > mean)], [scores.Count, 1], device: targets.Advantages.device).expand(targets.Advantages.shape);
    }
}
