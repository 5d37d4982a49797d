using System.ComponentModel.DataAnnotations;
using Repro.Core.Data.Formats;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Stages;

/// <summary>What the files of all stages say that sample responses and score them.</summary>
public abstract record SampledStageConfig : StageConfig
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
}
