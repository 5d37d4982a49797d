using Repro.Core.Models;
using Repro.Core.Text;
using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Ppo;

/// <summary>PPO from a file of settings: policy, reference and reward models that are adapters share one base in memory.</summary>
public sealed class PpoStage : IStage
{
    // Passes without gradients of every response: sampling, policy, reference.
    private const int PlainPasses = 3;

    /// <inheritdoc/>
    public string Name => "ppo";

    /// <inheritdoc/>
    public Type ConfigType => typeof(PpoConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (PpoConfig)config;
        var streams = new RandomStreams(own.Seed);
        var policy = PolicyLoader.Load(own.Model, streams);
        RewardLoader? rewards = null;
        try
        {
            var tokenizer = policy.Trained.Tokenizer;
            var (train, heldOut) = PromptRows.Load(own, own.EvaluationPrompts, tokenizer, cancellation);
            rewards = new RewardLoader(policy.Frozen, ChatForms.Scoring(own.Template, tokenizer, own.ScoredLength), own.Model.Dtype);
            var trainer = new PpoTrainer(
                policy.Models, train, rewards.Load(own.Reward), WithStops(own, tokenizer), own.Optimizer, streams,
                new PpoTrainerParts
                {
                    Tokenizer = tokenizer,
                    Schedule = own.Schedule,
                    GradientCheckpointing = own.Model.GradientCheckpointing,
                    EvaluationPrompts = heldOut,
                    BaseModel = own.Model.Path,
                    Adaptive = own.Adaptive is { } adaptive
                        ? new AdaptivePpoMask(adaptive.Tokens, adaptive.PreferredBy, own.Ppo.Gamma, adaptive.RewardModel is { } folder ? rewards.Judge(folder, "token_reward") : null)
                        : null,
                });
            return new OwningTrainer(trainer, [rewards, policy], folder => TokenizerFiles.Copy(own.Model.Tokenizer ?? own.Model.Path, folder));
        }
        catch
        {
            rewards?.Dispose();
            policy.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (PpoConfig)config;
        var plan = new PlanBuilder();
        var model = plan.Model(own.Model);
        var tokenizer = plan.Tokenizer(own.Model, model);
        foreach (var (key, reward) in RewardLoader.Models(own.Reward))
        {
            plan.Look(key, () => (reward, RewardLoader.Describe(reward.Path)));
        }

        if (tokenizer is null || model is null)
        {
            return plan.Build(null, own.Model, 0, null);
        }

        plan.Look("stop_token", () => (own, string.Join(", ", WithStops(own, tokenizer).Sampler.StopTokens ?? model.EndTokens)));
        var prompts = plan.Look("prompts", () =>
        {
            var (train, heldOut) = PromptRows.Load(own, own.EvaluationPrompts, tokenizer, cancellation);
            return (train, $"{train.Count:N0} prompts, {heldOut.Count} to evaluate on");
        });
        return prompts is null ? plan.Build(null, own.Model, 0, null) : Build(plan, own, model, prompts);
    }

    private static StagePlan Build(PlanBuilder plan, PpoConfig own, ModelConfig model, IReadOnlyList<RolloutPrompt> prompts)
    {
        var (mean, longest) = StageData.Lengths(plan, prompts, prompt => prompt.Ids.Count);
        var (ppo, whole) = (own.Ppo, longest + own.Ppo.Sampler.MaximumNewTokens);
        var tokens = ppo.Responses * (mean + ppo.Sampler.MaximumNewTokens);
        var rows = Math.Min(ppo.MicroBatch ?? ppo.MiniBatch ?? ppo.Responses, ppo.Responses);
        var rewards = RewardLoader.Models(own.Reward).ToList();
        var shared = own.Model.Lora is not null || own.Model.Adapter is not null;
        var beside = rewards.Count(reward => !File.Exists(Path.Combine(reward.Model.Path, "adapter_config.json")));
        var steps = plan.Look("steps", () => prompts.Count >= ppo.Responses
            ? ((long)(prompts.Count / ppo.Responses) * ppo.PromptEpochs, $"{prompts.Count / ppo.Responses * ppo.PromptEpochs:N0} of {ppo.Responses} responses")
            : throw new ReproException($"{prompts.Count} prompts are fewer than the {ppo.Responses} responses of a step."));
        return plan.Build(
            model,
            own.Model,
            steps,
            new Workload(rows, whole, tokens * ppo.Epochs)
            {
                ForwardTokensPerStep = tokens * (PlainPasses + rewards.Count),
                SampledRows = ppo.Responses,
                SampledLength = whole,
                LogitBytes = (long)rows * ppo.Sampler.MaximumNewTokens * model.VocabularySize * sizeof(float),
            },
            (shared ? 1 : 2) + beside);
    }

    private static PpoTrainingSettings WithStops(PpoConfig own, TextTokenizer tokenizer) =>
        own.Ppo with { Sampler = SampledStage.WithStop(own.Ppo.Sampler, own.StopToken, tokenizer) };
}
