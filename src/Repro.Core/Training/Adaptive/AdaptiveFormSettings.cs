namespace Repro.Core.Training.Adaptive;

/// <summary>What the adaptive forms of all trainers say in a file.</summary>
public abstract record AdaptiveFormSettings
{
    /// <summary>How tokens are chosen.</summary>
    public AdaptiveSettings Tokens { get; init; } = new();

    /// <summary>Folder of the reward model that gives token rewards, where they come from one.</summary>
    [ConfigPath]
    public string? RewardModel { get; init; }

    /// <summary>Where token rewards of this trainer can come from.</summary>
    protected abstract IReadOnlyList<TokenRewardSource> Sources { get; }

    /// <summary>Holds the parts against each other.</summary>
    /// <exception cref="ReproException">The trainer has no token rewards of that kind, or the reward model is missing or of no use.</exception>
    internal void Check()
    {
        if (!Sources.Contains(Tokens.Rewards))
        {
            throw new ReproException($"adaptive.tokens.rewards must be {string.Join(" or ", Sources.Select(Name))} for this trainer, found {Name(Tokens.Rewards)}.");
        }

        if (Tokens.Rewards == TokenRewardSource.RewardModel && RewardModel is null)
        {
            throw new ReproException("adaptive.reward_model is missing; adaptive.tokens.rewards asks for it.");
        }

        if (Tokens.Rewards != TokenRewardSource.RewardModel && RewardModel is not null)
        {
            throw new ReproException($"adaptive.reward_model is of no use: adaptive.tokens.rewards is {Name(Tokens.Rewards)}.");
        }
    }

    private static string Name(TokenRewardSource source) => source switch
    {
        TokenRewardSource.LogRatio => "log-ratio",
        TokenRewardSource.TemporalDifference => "td-error",
        _ => "reward-model",
    };
}
