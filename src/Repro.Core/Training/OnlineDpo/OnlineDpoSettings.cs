using Repro.Core.Models.Heads;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.OnlineDpo;

/// <summary>How online DPO samples and learns.</summary>
public sealed record OnlineDpoSettings
{
    /// <summary>The distribution that responses are drawn from.</summary>
    public required SamplerSettings Sampler { get; init; }

    /// <summary>Prompts of one step.</summary>
    public required int Prompts { get; init; }

    /// <summary>Most pairs in one pass; null for all.</summary>
    public int? MicroPairs { get; init; }

    /// <summary>Passes over the prompts; the last, incomplete batch of a pass is dropped.</summary>
    public int PromptEpochs { get; init; } = 1;

    /// <summary>Responses that the policy writes to each prompt.</summary>
    public int PolicySamples { get; init; } = 1;

    /// <summary>Responses that the reference writes to each prompt.</summary>
    public int ReferenceSamples { get; init; } = 1;

    /// <summary>How much memory tables over the vocabulary may take.</summary>
    public HeadMemory HeadMemory { get; init; } = new();

    internal void Check()
    {
        Sampler.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(Prompts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroPairs ?? 1, 1, nameof(MicroPairs));
        ArgumentOutOfRangeException.ThrowIfLessThan(PromptEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(PolicySamples);
        ArgumentOutOfRangeException.ThrowIfNegative(ReferenceSamples);
        if (PolicySamples + ReferenceSamples < 2)
        {
            throw new ReproException(Invariant($"policy_samples and reference_samples are {PolicySamples} and {ReferenceSamples}; a pair needs two responses together."));
        }
    }
}
