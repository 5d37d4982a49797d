using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Stages;

/// <summary>How much a stage samples and learns in a step.</summary>
/// <param name="Sampler">The distribution.</param>
/// <param name="Prompts">Prompts of a step.</param>
/// <param name="PromptEpochs">Passes over the prompts.</param>
/// <param name="SampledEach">Responses to a prompt.</param>
/// <param name="LearntEach">Responses of it that are learnt from.</param>
/// <param name="Rows">Rows of one pass with gradients.</param>
internal sealed record SampledWork(SamplerSettings Sampler, int Prompts, int PromptEpochs, int SampledEach, int LearntEach, int Rows)
{
    /// <summary>Times that each response is learnt from in a step.</summary>
    internal int Epochs { get; init; } = 1;

    /// <summary>Passes without gradients of each response that is learnt from: that of the reference at least.</summary>
    internal int PlainPasses { get; init; } = 1;
}
