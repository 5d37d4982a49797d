using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;

namespace Repro.Core.Rewards;

/// <summary>What scores responses.</summary>
[ConfigVariant("model", typeof(ModelRewardSettings))]
[ConfigVariant("combined", typeof(CombinedRewardSettings))]
[ConfigVariant("answer", typeof(AnswerRewardSettings))]
public abstract record RewardSettings;

/// <summary>The score of one reward model.</summary>
public sealed record ModelRewardSettings : RewardSettings
{
    /// <summary>A PEFT folder with a head, for the base that the policy has, or the folder of a whole score model.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>How it reads conversations: one of the names or a file with a Jinja template; null for its own template, or that of the run
    /// where it has none.</summary>
    [ConfigPath(OrNameOf = typeof(ChatForm))]
    public string? Template { get; init; }

    /// <summary>Whether the score is the sigmoid of the output.</summary>
    public bool Bounded { get; init; }

    /// <summary>Responses in one pass.</summary>
    [Within(1, 100_000)]
    public int Rows { get; init; } = 16;
}

/// <summary>weight * preference + (1 - weight) * absolute (CRS Section 4).</summary>
public sealed record CombinedRewardSettings : RewardSettings
{
    /// <summary>The preference reward model.</summary>
    public required ModelRewardSettings Preference { get; init; }

    /// <summary>The absolute reward model.</summary>
    public required ModelRewardSettings Absolute { get; init; }

    /// <summary>Share of the preference reward.</summary>
    [Within(0, 1)]
    public required double Weight { get; init; }
}

/// <summary>A score that a rule gives each response by itself.</summary>
public abstract record RuleRewardSettings : RewardSettings
{
    /// <summary>The score of a response; finite.</summary>
    /// <param name="rollout">Prompt and response.</param>
    public abstract double Score(Rollout rollout);
}

/// <summary>One score where the final number of a response is that of the data set, another where it is not.</summary>
public sealed record AnswerRewardSettings : RuleRewardSettings
{
    /// <summary>Score of a right answer.</summary>
    public double Right { get; init; } = 1;

    /// <summary>Score of a wrong answer.</summary>
    public double Wrong { get; init; }

    /// <inheritdoc/>
    public override double Score(Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return rollout.Prompt.Reference is { } reference && GradeSchoolMath.FinalAnswer(rollout.Text) == reference ? Right : Wrong;
    }
}
