using Repro.Core.Models;
using Repro.Core.Text;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Stages;

/// <summary>What stages have in common that sample responses, rank them and learn from the best.</summary>
internal static class SampledStage
{
    /// <summary>Builds a trainer from what it needs; what was loaded is freed with it, or when building fails.</summary>
    internal static ITrainer Build(SampledStageConfig own, Func<SampledParts, ITrainer> make, CancellationToken cancellation)
    {
        var streams = new RandomStreams(own.Seed);
        var model = TrainedModel.Load(own.Model, streams);
        ReferencePolicy? reference = null;
        RewardLoader? rewards = null;
        try
        {
            reference = ReferencePolicy.Initial(model, streams);
            var tokenizer = model.Tokenizer;
            var (train, _) = PromptRows.Load(own, 0, tokenizer, cancellation);
            rewards = new RewardLoader(reference.Parts.Model, ChatForms.Scoring(own.Template, tokenizer, own.ScoredLength), own.Model.Dtype);
            var trainer = make(new SampledParts(model, reference, rewards, train, rewards.Load(own.Reward), tokenizer, streams));
            return new OwningTrainer(trainer, [rewards], _ => { });
        }
        catch
        {
            rewards?.Dispose();
            reference?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>The sampler with the stop token of the file.</summary>
    internal static SamplerSettings WithStop(SamplerSettings sampler, string? stop, TextTokenizer tokenizer) => stop is null
        ? sampler
        : sampler with { StopTokens = [tokenizer.IdOf(stop) ?? throw new ReproException($"stop_token: the tokenizer has no token '{stop}'.")] };

    /// <summary>Looks at everything that a run would need.</summary>
    internal static StagePlan Plan(SampledStageConfig own, SampledWork work, CancellationToken cancellation)
    {
        var plan = new PlanBuilder();
        var model = plan.Model(own.Model);
        var tokenizer = plan.Tokenizer(own.Model, model);
        var rewards = RewardLoader.Models(own.Reward).ToList();
        foreach (var (key, reward) in rewards)
        {
            plan.Look(key, () => (reward, RewardLoader.Describe(reward.Path)));
        }

        if (tokenizer is null || model is null)
        {
            return plan.Build(null, own.Model, 0, null);
        }

        plan.Look("stop_token", () => (own, string.Join(", ", WithStop(work.Sampler, own.StopToken, tokenizer).StopTokens ?? model.EndTokens)));
        var prompts = plan.Look("prompts", () =>
        {
            var (train, _) = PromptRows.Load(own, 0, tokenizer, cancellation);
            return (train, $"{train.Count:N0} prompts");
        });
        return prompts is null ? plan.Build(null, own.Model, 0, null) : Build(plan, own, model, prompts, work, rewards.Count);
    }

    private static StagePlan Build(PlanBuilder plan, SampledStageConfig own, ModelConfig model, IReadOnlyList<RolloutPrompt> prompts, SampledWork work, int rewards)
    {
        var (mean, longest) = StageData.Lengths(plan, prompts, prompt => prompt.Ids.Count);
        var whole = longest + work.Sampler.MaximumNewTokens;
        var each = mean + work.Sampler.MaximumNewTokens;
        var sampled = (double)work.Prompts * work.SampledEach * each;
        var learnt = (double)work.Prompts * work.LearntEach * each;
        var steps = plan.Look("steps", () => prompts.Count >= work.Prompts
            ? ((long)(prompts.Count / work.Prompts) * work.PromptEpochs, $"{prompts.Count / work.Prompts * work.PromptEpochs:N0} of {work.Prompts} prompts")
            : throw new ReproException($"{prompts.Count} prompts are fewer than the {work.Prompts} of a step."));
        var shared = own.Model.Lora is not null || own.Model.Adapter is not null;
        return plan.Build(
            model,
            own.Model,
            steps,
            new Workload(work.Rows, whole, learnt)
            {
                ForwardTokensPerStep = (sampled * (1 + rewards)) + learnt,
                SampledRows = (long)work.Prompts * work.SampledEach,
                SampledLength = whole,
                LogitBytes = (long)work.Rows * work.Sampler.MaximumNewTokens * model.VocabularySize * sizeof(float),
            },
            shared ? 1 : 2);
    }
}
