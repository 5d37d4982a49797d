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
    /// <param name="sampler">The distribution that responses are drawn from.</param>
    /// <param name="counts">How many prompts it takes.</param>
    /// <param name="make">Makes the trainer, which owns policy and reference from then on.</param>
    /// <param name="notes">Takes what was read and left out.</param>
    /// <param name="cancellation">Checked while data are read.</param>
    internal static ITrainer Build(
        SampledStageConfig own,
        AdaptiveFormSettings? adaptive,
        SamplerSettings sampler,
        PromptCounts counts,
        Func<SampledParts, ITrainer> make,
        ReadNotes notes,
        CancellationToken cancellation)
    {
        var streams = new RandomStreams(own.Seed);
        var policies = PolicyPair.Load(own.Model, streams);
        RewardModelLoader? rewardModels = null;
        try
        {
            var tokenizer = policies.Policy.Tokenizer;
            policies.Policy.UseTemplate(own.Template);
            var policy = new PolicyText(own.Model, own.Template, policies.Policy.Language.Config, tokenizer);
            var (train, heldOut) = PromptRows.Load(own, counts, tokenizer, notes, cancellation);
            CheckLengths(policy.Config, train.Concat(heldOut), sampler);
            rewardModels = new RewardModelLoader(policies.Reference, own.Model.Dtype, policy, notes);
            var rewards = new RewardLoader(rewardModels, own.ScoredLength);
            var trainer = make(
                new SampledParts(
                    policies, train, heldOut, rewards.Load(own.Reward), rewardModels.TokenRewards(adaptive), tokenizer, streams));
            return new OwningTrainer(trainer, [rewardModels]);
        }
        catch
        {
            rewardModels?.Dispose();
            policies.Dispose();
            throw;
        }
    }

    /// <summary>The sampler with the stop token of the file.</summary>
    internal static SamplerSettings WithStop(SamplerSettings sampler, string? stop, TextTokenizer tokenizer) => stop is null
        ? sampler
        : sampler with
        {
            StopTokens = [tokenizer.IdOf(stop) ?? throw new ReproException($"stop_token: the tokenizer has no token '{stop}'.")],
        };

    private static void CheckLengths(ModelConfig model, IEnumerable<RolloutPrompt> prompts, SamplerSettings sampler) => TextLengths.Check(
        model,
        null,
        prompts,
        prompt => prompt.Ids.Count + sampler.MaxNewTokens,
        "max_new_tokens counted in; lower max_prompt_length or max_new_tokens");

    /// <summary>Checks everything that a run would need.</summary>
    /// <param name="own">The settings of the file.</param>
    /// <param name="adaptive">Its adaptive form, if it has one.</param>
    /// <param name="sampler">The distribution that responses are drawn from.</param>
    /// <param name="work">What a step does; the sampler, reward models and references are added here.</param>
    /// <param name="cancellation">Checked while data are read.</param>
    /// <param name="evaluationPrompts">Most held-out prompts.</param>
    internal static StagePlan Plan(
        SampledStageConfig own,
        AdaptiveFormSettings? adaptive,
        SamplerSettings sampler,
        Workload work,
        CancellationToken cancellation,
        int evaluationPrompts = 0)
    {
        var plan = new PlanBuilder(own, TrainedModel.Shapes);
        var rewards = RewardLoader.Models(own.Reward).ToList();
        RewardModelLoader.Check(plan, own);
        RewardModelLoader.Check(plan, adaptive, own.Template);
        if (plan is { Model: { } model, Tokenizer: { } reader })
        {
            plan.Check("stop_token", () =>
                (own, InvariantText.Join(", ", WithStop(sampler, own.StopToken, reader).StopTokens ?? model.EndTokens)));
        }

        plan.Template(own.Template);
        var prompts = plan.Data(own.Data, tokenizer =>
        {
            var counts = new PromptCounts(work.BatchSize, evaluationPrompts);
            var (train, heldOut) = PromptRows.Load(own, counts, tokenizer, plan.Notes, cancellation);
            CheckLengths(plan.Model!, train.Concat(heldOut), sampler);
            var evaluated = evaluationPrompts > 0 ? $", {heldOut.Count} to evaluate on" : string.Empty;
            return (train, Invariant($"{train.Count:N0} prompts{evaluated}"));
        });
        List<string> rewardModels = [.. rewards.Select(reward => reward.Model.Path)];
        if (adaptive?.RewardModel is { } folder)
        {
            rewardModels.Add(folder);
        }

        var shared = own.Model.Lora is not null || own.Model.Adapter is not null;
        return plan.Build(prompts, prompt => prompt.Ids.Count, work with
        {
            NewTokens = sampler.MaxNewTokens,
            RewardModels = rewardModels.Count,
            Models = (shared ? 1 : 2) + rewardModels.Count(path => !RewardModelLoader.IsAdapter(path)),
        });
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

    /// <summary>How conversations are written: one of the names or a file with a Jinja template; null for the model's own template, or
    /// <c>chatml</c> where it has none.</summary>
    [ConfigPath(OrNameOf = typeof(ChatForm))]
    public string? Template { get; init; }

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
