using System.Text.Json.Nodes;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>Chooses the response tokens that the surrogate of PPO is taken over.</summary>
public interface IPpoMask : IStateful
{
    /// <summary>The mask of a batch, chosen once a step, before its updates.</summary>
    /// <param name="batch">The responses.</param>
    /// <param name="targets">Their rewards and advantages.</param>
    /// <param name="scores">One a response.</param>
    /// <returns>bool, [batch, response].</returns>
    Tensor Mask(RolloutBatch batch, PpoTargets targets, IReadOnlyList<double> scores);
}

/// <summary>M(s, a) of adaptive PPO (ADR Eq. 14): the response tokens that the clipped surrogate is taken over.</summary>
/// <param name="settings">How tokens are chosen.</param>
/// <param name="preferredBy">What makes a sampled token one of a preferred sample.</param>
/// <param name="gamma">Discount of temporal-difference errors, that of the returns.</param>
/// <param name="rewardModel">Scores after every token, where token rewards come from it.</param>
public sealed class AdaptivePpoMask(
    AdaptiveSettings settings, PreferredBy preferredBy, double gamma, IRewardModel? rewardModel = null) : IPpoMask
{
    private readonly AdaptiveTokens _tokens = new(settings);

    /// <inheritdoc/>
    public Tensor Mask(RolloutBatch batch, PpoTargets targets, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(scores);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var mask = batch.Tokens.Mask;
        var preferred = Preferred(targets, scores);
        if (settings.Rewards == TokenRewardSource.TemporalDifference)
        {
            var values = batch.Values ?? throw new ArgumentException("Temporal-difference errors need values.", nameof(batch));
            var baseline = new TemporalDifferenceThreshold(values, gamma).For(targets.Rewards, mask);
            return _tokens.Mask(targets.Rewards, mask, preferred, baseline).MoveToOuterDisposeScope();
        }

        return _tokens.Mask(RolloutTokenRewards.Compute(batch, settings, rewardModel), mask, preferred).MoveToOuterDisposeScope();
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
        return tensor([.. scores.Select(score => score > mean)], [scores.Count, 1], device: targets.Advantages.device)
            .expand(targets.Advantages.shape);
    }
}

/// <summary>Token rewards of sampled responses.</summary>
internal static class RolloutTokenRewards
{
    /// <summary>[batch, response], 0 at padding.</summary>
    internal static Tensor Compute(RolloutBatch batch, AdaptiveSettings settings, IRewardModel? model)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tokens = batch.Tokens;
        switch (settings.Rewards)
        {
            case TokenRewardSource.LogRatio:
                return DenseRewards.FromLogRatio(batch.LogProbs, batch.ReferenceLogProbs, tokens.Mask, settings.Beta)
                    .MoveToOuterDisposeScope();
            case TokenRewardSource.RewardModel:
                var rewardModel = model ?? throw new ReproException("adaptive.rewards is reward-model, but there is none.");
                var after = rewardModel.ScoreTokens(tokens.Ids, tokens.Attention).narrow(1, tokens.PromptLength, tokens.ResponseLength);
                return DenseRewards.FromHead(after, tokens.Mask).MoveToOuterDisposeScope();
            default:
                throw new ReproException($"adaptive.rewards {settings.Rewards} needs a value head; it is for PPO alone.");
        }
    }
}
