using Repro.Core.Data.Records;
using Repro.Core.Data.Selection;
using Repro.Core.Text;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Stages;

/// <summary>Prompts as a policy reads them.</summary>
internal static class PromptRows
{
    /// <summary>Prompts to train on and to evaluate with: short enough, a share of them, as tokens.</summary>
    internal static (IReadOnlyList<RolloutPrompt> Train, IReadOnlyList<RolloutPrompt> HeldOut) Load(
        SampledStageConfig config, int evaluationPrompts, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var (train, heldOut) = StageData.Load<PromptOnly>(config.Prompts, cancellation);
        var template = ChatForms.Template(config.Template);
        IEnumerable<RolloutPrompt> Fitting(IEnumerable<PromptOnly> prompts) =>
            prompts.Select(prompt => Row(prompt, tokenizer, template)).Where(row => row.Ids.Count <= config.MaximumPromptTokens);
        var fitting = Fitting(train).ToList();
        return fitting.Count > 0
            ? (config.PromptShare < 1 ? Subset.Of(fitting, config.PromptShare, config.Seed) : fitting, [.. Fitting(heldOut).Take(evaluationPrompts)])
            : throw new ReproException(Invariant($"prompts: none of {train.Count} has at most {config.MaximumPromptTokens} tokens."));
    }

    private static RolloutPrompt Row(PromptOnly prompt, TextTokenizer tokenizer, ChatTemplate template) =>
        new([.. ChatForms.PromptIds(template, tokenizer, prompt.Prompt).Select(id => (long)id)]) { Messages = prompt.Prompt, Reference = prompt.Reference };
}
