using Repro.Core.Training.Ppo;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR appendix B: how responses are drawn, against the files of sampling and of PPO.</summary>
public sealed class AppendixBSampling : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPB", Check)];

    private static Evidence Check(SpecContext context)
    {
        var plan = context.Config<SamplingPlan>("adr/sampling");
        var ppo = context.Config<PpoConfig>("adr/ppo");
        var sampler = ppo.Ppo.Sampler;
        return context.Evidence()
            .CompareExactly("max_length", context.Printed("max_length"), plan.MaximumLength)
            .CompareExactly("top_p", context.Printed("top_p"), plan.TopP)
            .CompareExactly("top_k", context.Printed("top_k"), plan.TopK)
            .CompareExactly("num_beams", context.Printed("num_beams"), plan.Beams)
            .CompareExactly("temperature", context.Printed("temperature"), plan.Temperature)
            .CompareExactly("num_return_sequences", context.Printed("num_return_sequences"), plan.ResponsesPerPrompt)
            .Require("PPO samples with the same top-p, top-k and temperature", (sampler.TopP, sampler.TopK, sampler.Temperature) == (plan.TopP, plan.TopK, plan.Temperature))
            .Require("its prompts and responses together fill the length", ppo.MaximumPromptTokens + sampler.MaximumNewTokens == plan.MaximumLength)
            .Explain(
                $"The files say: length {plan.MaximumLength}, top-p {plan.TopP}, top-k {plan.TopK}, {plan.Beams} beam, temperature {plan.Temperature}, {plan.ResponsesPerPrompt} responses a prompt; "
                + $"PPO samples with top-p {sampler.TopP}, top-k {sampler.TopK}, temperature {sampler.Temperature}, up to {ppo.MaximumPromptTokens} + {sampler.MaximumNewTokens} tokens.");
    }
}
