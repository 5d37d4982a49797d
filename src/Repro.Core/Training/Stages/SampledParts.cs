using Repro.Core.Text;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Stages;

/// <summary>What a stage that samples hands to its trainer.</summary>
/// <param name="Model">The policy.</param>
/// <param name="Reference">What it is tied to.</param>
/// <param name="Rewards">Loads further reward models.</param>
/// <param name="Prompts">What responses are written to.</param>
/// <param name="Reward">What scores them.</param>
/// <param name="Tokenizer">Makes texts.</param>
/// <param name="Streams">Random numbers of the run.</param>
internal sealed record SampledParts(
    TrainedModel Model, ReferencePolicy Reference, RewardLoader Rewards, IReadOnlyList<RolloutPrompt> Prompts, IRewardFunction Reward, TextTokenizer Tokenizer, RandomStreams Streams);
