using Repro.Core.Training.Configuration;

namespace Repro.Core.Training.Rollouts;

/// <summary>What scores responses.</summary>
[ConfigVariant("model", typeof(ModelRewardSettings))]
[ConfigVariant("combined", typeof(CombinedRewardSettings))]
[ConfigVariant("answer", typeof(AnswerRewardSettings))]
public abstract record RewardSettings;
