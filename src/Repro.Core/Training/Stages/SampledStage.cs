using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Stages;

/// <summary>What stages have in common that sample responses, score them and learn from them.</summary>
internal static class SampledStage
{
    /// <summary>Builds a trainer from what it needs; what was loaded is freed with it, or when building fails.</summary>
    /// <param name="own">The settings of the file.</param>
    /// <param name="adaptive">Its adaptive form, if it has one.</param>
    /// <param name="make">Makes the trainer, which owns policy and reference from then on.</param>
    /// <param name="cancellation">Looked at while data are read.</param>
    /// <param name="evaluationPrompts">Most held-out prompts.</param>
    internal static ITrainer Build(
        SampledStageConfig own, AdaptiveFormSettings? adaptive, Func<SampledParts, ITrainer> make, CancellationToken cancellation, int evaluationPrompts = 0)
    {
        var streams = new RandomStreams(own.Seed);
        var policies = PolicyPair.Load(own.Model, streams);
        RewardModelLoader? judges = null;
        try
        {
            var tokenizer = policies.Policy.Tokenizer;
            var (train, heldOut) = PromptRows.Load(own, evaluationPrompts, tokenizer, cancellation);
            judges = new RewardModelLoader(policies.Reference, own.Model.Dtype);
            var rewards = new RewardLoader(judges, ChatForms.Scoring(own.Template, tokenizer, own.ScoredLength));
            var trainer = make(new SampledParts(policies, train, heldOut, rewards.Load(own.Reward), judges.TokenRewards(adaptive), tokenizer, streams));
            return new OwningTrainer(trainer, [judges]);
        }
        catch
        {
            judges?.Dispose();
            policies.Dispose();
            throw;
        }
    }

    /// <summary>The sampler with the stop token of the file.</summary>
    internal static SamplerSettings WithStop(SamplerSettings sampler, string? stop, TextTokenizer tokenizer) => stop is null
        ? sampler
        : sampler with { StopTokens = [tokenizer.IdOf(stop) ?? throw new ReproException($"stop_token: the tokenizer has no token '{stop}'.")] };

    /// <summary>Looks at everything that a run would need.</summary>
    internal static StagePlan Plan(SampledStageConfig own, AdaptiveFormSettings? adaptive, SampledWork work, CancellationToken cancellation, int evaluationPrompts = 0)
    {
        var plan = new PlanBuilder();
        var model = plan.Model(own.Model);
        var tokenizer = plan.Tokenizer(own.Model, model);
        var rewards = RewardLoader.Models(own.Reward).ToList();
        foreach (var (key, reward) in rewards)
        {
            plan.Look(key, () => (reward, RewardModelLoader.Describe(reward.Path)));
        }

        RewardModelLoader.Look(plan, adaptive);
        if (tokenizer is null || model is null)
        {
            return plan.Build(null, own.Model, 0, null);
        }

        plan.Look("stop_token", () => (own, InvariantText.Join(", ", WithStop(work.Sampler, own.StopToken, tokenizer).StopTokens ?? model.EndTokens)));
        var prompts = plan.Look("data", () =>
        {
            var (train, heldOut) = PromptRows.Load(own, evaluationPrompts, tokenizer, cancellation);
            return (train, Invariant($"{train.Count:N0} prompts") + (evaluationPrompts > 0 ? $", {heldOut.Count} to evaluate on" : string.Empty));
        });
        List<string> judges = [.. rewards.Select(reward => reward.Model.Path), .. adaptive?.RewardModel is { } folder ? [folder] : Array.Empty<string>()];
        return prompts is null ? plan.Build(null, own.Model, 0, null) : Build(plan, own, model, prompts, work, judges);
    }

    private static StagePlan Build(PlanBuilder plan, SampledStageConfig own, ModelConfig model, IReadOnlyList<RolloutPrompt> prompts, SampledWork work, List<string> judges)
    {
        var (mean, longest) = StageData.Lengths(plan, prompts, prompt => prompt.Ids.Count);
        var whole = longest + work.Sampler.MaxNewTokens;
        var each = mean + work.Sampler.MaxNewTokens;
        var sampled = (double)work.Prompts * work.SampledEach * each;
        var learnt = (double)work.Prompts * work.TrainedEach * each;
        var steps = plan.Look("steps", () => prompts.Count >= work.Prompts
            ? ((long)(prompts.Count / work.Prompts) * work.PromptEpochs, Invariant($"{prompts.Count / work.Prompts * work.PromptEpochs:N0} of {work.Prompts} prompts"))
            : throw new ReproException(Invariant($"{prompts.Count} prompts are fewer than the {work.Prompts} of a step.")));
        var shared = own.Model.Lora is not null || own.Model.Adapter is not null;
        return plan.Build(
            model,
            own.Model,
            steps,
            new Workload(work.Rows, whole, learnt * work.Epochs)
            {
                ForwardTokensPerStep = (sampled * (1 + judges.Count)) + (learnt * work.PlainPasses),
                SampledRows = (long)work.Prompts * work.SampledEach,
                SampledLength = whole,
                LogitBytes = (long)work.Rows * work.Sampler.MaxNewTokens * model.VocabularySize * sizeof(float),
            },
            (shared ? 1 : 2) + judges.Count(folder => !RewardModelLoader.IsAdapter(folder)));
    }
}

/// <summary>What the files of all stages say that sample responses and score them.</summary>
public abstract record SampledStageConfig : StageConfig
{
    /// <summary>The data sets that prompts come from.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>Share of the prompts that is used, after those that are too long were left out.</summary>
    [Within(0, 1, AboveMinimum = true)]
    public double PromptShare { get; init; } = 1;

    /// <summary>Most tokens of a prompt, opening of the answer included.</summary>
    [Within(1, 1_000_000)]
    public int MaxPromptLength { get; init; } = 1024;

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>The token that ends a response; null for those of the model's configuration.</summary>
    public string? StopToken { get; init; }

    /// <summary>What scores responses.</summary>
    public required RewardSettings Reward { get; init; }

    /// <summary>How prompt and response are cut for reward models.</summary>
    [ConfigInline]
    public PairTruncation ScoredLength { get; init; } = new();
}

/// <summary>What a stage that samples hands to its trainer.</summary>
/// <param name="Policies">The policy and what it is tied to.</param>
/// <param name="Prompts">What responses are written to.</param>
/// <param name="HeldOut">Prompts to evaluate with.</param>
/// <param name="Reward">What scores responses.</param>
/// <param name="TokenRewards">Scores after every token, where an adaptive form asks for that.</param>
/// <param name="Tokenizer">Makes texts.</param>
/// <param name="Streams">Random numbers of the run.</param>
internal sealed record SampledParts(
    PolicyPair Policies,
    IReadOnlyList<RolloutPrompt> Prompts,
    IReadOnlyList<RolloutPrompt> HeldOut,
    IRewardFunction Reward,
    IRewardModel? TokenRewards,
    TextTokenizer Tokenizer,
    RandomStreams Streams);

/// <summary>How much a stage samples and learns in a step.</summary>
/// <param name="Sampler">The distribution.</param>
/// <param name="Prompts">Prompts of a step.</param>
/// <param name="PromptEpochs">Passes over the prompts.</param>
/// <param name="SampledEach">Responses to a prompt.</param>
/// <param name="TrainedEach">Responses of it that are learnt from.</param>
/// <param name="Rows">Rows of one pass with gradients.</param>
internal sealed record SampledWork(SamplerSettings Sampler, int Prompts, int PromptEpochs, int SampledEach, int TrainedEach, int Rows)
{
    /// <summary>Times that each response is learnt from in a step.</summary>
    internal int Epochs { get; init; } = 1;

    /// <summary>Passes without gradients of each response that is learnt from: that of the reference at least.</summary>
    internal int PlainPasses { get; init; } = 1;
}
