using Repro.Core.Models;
using Repro.Core.Text;
using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Ppo;

/// <summary>What a PPO trainer can do without.</summary>
public sealed record PpoTrainerParts
{
    /// <summary>A value head to go on with; the trainer frees it. Null draws a fresh one.</summary>
    public ValueHead? ValueHead { get; init; }

    /// <summary>Makes texts of responses; null leaves them empty.</summary>
    public TextTokenizer? Tokenizer { get; init; }

    /// <summary>How the learning rate goes, by steps (not by updates).</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Whether blocks are run again on the way back instead of keeping their activations.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Chooses the tokens that the surrogate is taken over (APPO); null for all.</summary>
    public IPpoMask? Adaptive { get; init; }

    /// <summary>Prompts to evaluate on.</summary>
    public IReadOnlyList<RolloutPrompt> EvaluationPrompts { get; init; } = [];

    /// <summary>What exported adapters name as their base.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Samples in the report of a step.</summary>
    public int ShownSamples { get; init; } = 2;
}
