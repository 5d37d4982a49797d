using Repro.Core.Adaptive;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Ppo;

/// <summary>PPO, GRPO or RLOO from a file of settings: policy, reference and reward models that are adapters share one base in
/// memory.</summary>
/// <param name="name">What <c>stage:</c> says.</param>
/// <param name="configType">The record of the file.</param>
public abstract class PolicyGradientStage(string name, Type configType) : IStage
{
    // Of every response: policy and reference are measured before the updates.
    private const int ForwardPasses = 2;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public Type ConfigType => configType;

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = Checked(config);
        return SampledStage.Build(
            own, own.AdaptiveForm, own.Settings.Sampler, new PromptCounts(own.Settings.PromptsPerStep, own.EvaluationPrompts),
            parts => Trainer(own, parts), notes, cancellation);
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = Checked(config);
        var settings = own.Settings;
        return SampledStage.Plan(own, own.AdaptiveForm, settings.Sampler, new Workload
        {
            BatchSize = settings.PromptsPerStep,
            MicroTexts = settings.MicroBatchSize ?? settings.MiniBatchSize,
            Epochs = settings.Epochs,
            Texts = settings.ResponsesPerPrompt,
            Updates = settings.UpdateEpochs,
            ForwardPasses = ForwardPasses,
            SampledTexts = settings.ResponsesPerPrompt,
            TruncatedRows = settings.Sampler.Truncates ? settings.PromptsPerStep * settings.ResponsesPerPrompt : 0,
        }, cancellation, own.EvaluationPrompts);
    }

    private static PolicyGradientConfig Checked(StageConfig config)
    {
        var own = (PolicyGradientConfig)config;
        return own.Model.TrainedWhole.Count == 0
            ? own
            : throw new ReproException("model.trained_whole: a policy shares these modules with its reference, so they cannot be trained.");
    }

    private static PpoTrainer Trainer(PolicyGradientConfig own, SampledParts parts) => new(
        parts.Policies,
        parts.Prompts,
        parts.Reward,
        own.Settings with { Sampler = SampledStage.WithStop(own.Settings.Sampler, own.StopToken, parts.Tokenizer) },
        own.Optimizer,
        parts.Streams,
        new PpoTrainerParts
        {
            Tokenizer = parts.Tokenizer,
            Schedule = own.Schedule,
            GradientCheckpointing = own.Model.GradientCheckpointing,
            EvaluationPrompts = parts.HeldOut,
            Adaptive = own.AdaptiveMask(parts.TokenRewards),
        });
}

/// <summary>PPO, plain or adaptive.</summary>
public sealed class PpoStage() : PolicyGradientStage("ppo", typeof(PpoConfig));

/// <summary>Group relative policy optimisation.</summary>
public sealed class GrpoStage() : PolicyGradientStage("grpo", typeof(GrpoConfig));

/// <summary>REINFORCE with a leave-one-out baseline.</summary>
public sealed class RlooStage() : PolicyGradientStage("rloo", typeof(RlooConfig));

/// <summary>What the files of PPO, GRPO and RLOO say alike.</summary>
public abstract record PolicyGradientConfig : SampledStageConfig
{
    /// <summary>Most held-out prompts that are evaluated on.</summary>
    [Within(1, 100_000)]
    public int EvaluationPrompts { get; init; } = 32;

    internal abstract PolicyGradientSettings Settings { get; }

    internal virtual AdaptiveFormSettings? AdaptiveForm => null;

    internal virtual IPpoMask? AdaptiveMask(IRewardModel? tokenRewards) => null;
}

/// <summary>What the file of PPO says; with <see cref="Adaptive"/> it is APPO.</summary>
public sealed record PpoConfig : PolicyGradientConfig
{
    /// <summary>The numbers of PPO.</summary>
    [ConfigInline]
    public required PpoSettings Ppo { get; init; }

    /// <summary>Which tokens the surrogate is taken over; null for all.</summary>
    public AdaptivePpoSettings? Adaptive { get; init; }

    internal override PolicyGradientSettings Settings => Ppo;

    internal override AdaptiveFormSettings? AdaptiveForm => Adaptive;

    internal override IPpoMask? AdaptiveMask(IRewardModel? tokenRewards) =>
        Adaptive is null ? null : new AdaptivePpoMask(Adaptive.Tokens, Adaptive.PreferredBy, Ppo.Gamma, tokenRewards);
}

/// <summary>What the file of GRPO says.</summary>
public sealed record GrpoConfig : PolicyGradientConfig
{
    /// <summary>The numbers of GRPO.</summary>
    [ConfigInline]
    public required GrpoSettings Grpo { get; init; }

    internal override PolicyGradientSettings Settings => Grpo;
}

/// <summary>What the file of RLOO says.</summary>
public sealed record RlooConfig : PolicyGradientConfig
{
    /// <summary>The numbers of RLOO.</summary>
    [ConfigInline]
    public required RlooSettings Rloo { get; init; }

    internal override PolicyGradientSettings Settings => Rloo;
}
