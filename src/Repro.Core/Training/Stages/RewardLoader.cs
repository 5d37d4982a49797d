using Repro.Core.Data.Formats;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Stages;

/// <summary>Makes reward functions from settings.</summary>
/// <param name="judges">Loads reward models.</param>
/// <param name="input">What they read.</param>
internal sealed class RewardLoader(JudgeLoader judges, ScoringInput input)
{
    internal IRewardFunction Load(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => Load(model, "reward"),
        CombinedRewardSettings combined => new CombinedReward(Load(combined.Preference, "preference_reward"), Load(combined.Absolute, "absolute_reward"), combined.Weight),
        AnswerRewardSettings answer => new RuleReward(rollout =>
            rollout.Prompt.Reference is { } reference && GradeSchoolMath.FinalAnswer(rollout.Text) == reference ? answer.Right : answer.Wrong),
        _ => throw new ArgumentException($"A reward of kind {settings.GetType().Name} is not known.", nameof(settings)),
    };

    /// <summary>The reward models of settings, by their keys.</summary>
    internal static IEnumerable<(string Key, ModelRewardSettings Model)> Models(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => [("reward.path", model)],
        CombinedRewardSettings combined => [("reward.preference.path", combined.Preference), ("reward.absolute.path", combined.Absolute)],
        _ => [],
    };

    private ModelReward Load(ModelRewardSettings settings, string role)
    {
        var config = judges.Base.Config;
        return new ModelReward(
            judges.Load(settings.Path, role), ScoredText.AsChat(input), settings.Bounded, settings.Rows, config.PadToken is { } pad and >= 0 ? pad : 0, judges.Base.Device);
    }
}
