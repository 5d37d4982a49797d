using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Adaptive;

/// <summary>Token rewards of sampled responses.</summary>
internal static class RolloutTokenRewards
{
    /// <summary>[batch, response], 0 at padding.</summary>
    internal static Tensor Of(RolloutBatch batch, AdaptiveSettings settings, IRewardModel? model)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var tokens = batch.Tokens;
        switch (settings.Rewards)
        {
            case TokenRewardSource.LogRatio:
                return DenseRewards.FromLogRatio(batch.LogProbs, batch.ReferenceLogProbs, tokens.Mask, settings.Beta).MoveToOuterDisposeScope();
            case TokenRewardSource.RewardModel:
                var judge = model ?? throw new ReproException("adaptive.rewards is reward-model, but there is none.");
                var after = judge.ScoreTokens(tokens.Ids, tokens.Attention).narrow(1, tokens.PromptLength, tokens.ResponseLength);
                return DenseRewards.FromHead(after, tokens.Mask).MoveToOuterDisposeScope();
            default:
                throw new ReproException($"adaptive.rewards {settings.Rewards} needs a value head; it is for PPO alone.");
        }
    }
}
