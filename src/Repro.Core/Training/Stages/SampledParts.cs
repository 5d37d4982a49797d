using Repro.Core.Models;
using Repro.Core.Text;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Stages;

/// <summary>What a stage that samples hands to its trainer.</summary>
/// <param name="Model">The policy.</param>
/// <param name="Reference">What it is tied to.</param>
/// <param name="Prompts">What responses are written to.</param>
/// <param name="HeldOut">Prompts to evaluate with.</param>
/// <param name="Reward">What scores responses.</param>
/// <param name="TokenRewards">Scores after every token, where an adaptive form asks for that.</param>
/// <param name="Tokenizer">Makes texts.</param>
/// <param name="Streams">Random numbers of the run.</param>
internal sealed record SampledParts(
    TrainedModel Model,
    ReferencePolicy Reference,
    IReadOnlyList<RolloutPrompt> Prompts,
    IReadOnlyList<RolloutPrompt> HeldOut,
    IRewardFunction Reward,
    IRewardModel? TokenRewards,
    TextTokenizer Tokenizer,
    RandomStreams Streams);
