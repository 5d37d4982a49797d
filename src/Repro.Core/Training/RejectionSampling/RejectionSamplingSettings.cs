using Repro.Core.Losses;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.RejectionSampling;

/// <summary>How rejection sampling samples and learns.</summary>
public sealed record RejectionSamplingSettings
{
    /// <summary>The distribution that responses are drawn from.</summary>
    public required SamplerSettings Sampler { get; init; }

    /// <summary>Prompts of one step.</summary>
    public required int Prompts { get; init; }

    /// <summary>Responses to each prompt, of which the best is accepted.</summary>
    public required int Samples { get; init; }

    /// <summary>The least score of an accepted response; null accepts the best one whatever it is worth.</summary>
    public double? LeastScore { get; init; }

    /// <summary>Most accepted responses in one pass; null for all.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>Passes over the prompts; the last, incomplete batch of a pass is dropped.</summary>
    public int PromptEpochs { get; init; } = 1;

    /// <summary>Weight of the KL to the reference.</summary>
    public double Beta { get; init; } = 1;

    internal void Check()
    {
        Sampler.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(Prompts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroBatch ?? 1, 1, nameof(MicroBatch));
        ArgumentOutOfRangeException.ThrowIfLessThan(PromptEpochs, 1);
        Guard.NotNegative(Beta, nameof(Beta));
    }
}
