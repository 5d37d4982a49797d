using System.ComponentModel.DataAnnotations;
using Repro.Core.Data.Formats;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Ppo;

/// <summary>What the file of PPO says.</summary>
public sealed record PpoConfig : StageConfig
{
    /// <summary>The data sets that prompts come from.</summary>
    public required IReadOnlyList<DatasetSettings> Prompts { get; init; }

    /// <summary>Share of the prompts that is used, after those that are too long were left out.</summary>
    [Range(1e-9, 1.0)]
    public double PromptShare { get; init; } = 1;

    /// <summary>Most tokens of a prompt, opening of the answer included.</summary>
    [Range(1, 1_000_000)]
    public int MaximumPromptTokens { get; init; } = 1024;

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>The token that ends a response; null for those of the model's configuration.</summary>
    public string? StopToken { get; init; }

    /// <summary>What scores responses.</summary>
    public required RewardSettings Reward { get; init; }

    /// <summary>How prompt and response are cut for reward models.</summary>
    public PairTruncation ScoredLength { get; init; } = new();

    /// <summary>Most held-out prompts that are evaluated on.</summary>
    [Range(1, 100_000)]
    public int EvaluationPrompts { get; init; } = 32;

    /// <summary>The numbers of PPO.</summary>
    public required PpoTrainingSettings Ppo { get; init; }
}
