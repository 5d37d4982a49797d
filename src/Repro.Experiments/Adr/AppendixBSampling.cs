using Repro.Core;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.RejectionSampling;
using Repro.Core.Training.Rollouts;
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
        var (dpo, ppo, rejection) = (context.Config<OnlineDpoConfig>("adr/dpo"), context.Config<PpoConfig>("adr/ppo"), context.Config<RejectionSamplingConfig>("adr/rs"));
        var samplers = new (string Stage, SamplerSettings Sampler, int Prompt)[]
        {
            ("DPO", dpo.Online.Sampler, dpo.MaxPromptLength), ("PPO", ppo.Ppo.Sampler, ppo.MaxPromptLength), ("RS", rejection.Rejection.Sampler, rejection.MaxPromptLength),
        };
        var differing = samplers.Where(entry => (entry.Sampler.TopP, entry.Sampler.TopK, entry.Sampler.Temperature, entry.Prompt + entry.Sampler.MaxNewTokens)
            != (plan.TopP, plan.TopK, plan.Temperature, plan.MaximumLength)).Select(entry => entry.Stage).ToList();
        var responses = new[] { dpo.Online.PolicySamples, dpo.Online.ReferenceSamples, rejection.Rejection.Samples };
        return context.Evidence()
            .CompareExactly("max_length", context.Printed("max_length"), plan.MaximumLength)
            .CompareExactly("top_p", context.Printed("top_p"), plan.TopP)
            .CompareExactly("top_k", context.Printed("top_k"), plan.TopK)
            .CompareExactly("num_beams", context.Printed("num_beams"), plan.Beams)
            .CompareExactly("temperature", context.Printed("temperature"), plan.Temperature)
            .CompareExactly("num_return_sequences", context.Printed("num_return_sequences"), plan.ResponsesPerPrompt)
            .Require("DPO, PPO and RS sample with the same top-p, top-k, temperature and length", differing.Count == 0, string.Join(", ", differing))
            .Require("DPO draws as many responses from policy and reference, and RS from the policy", Array.TrueForAll(responses, count => count == plan.ResponsesPerPrompt), InvariantText.Join(", ", responses))
            .Explain(
                Invariant($"The files say: length {plan.MaximumLength}, top-p {plan.TopP}, top-k {plan.TopK}, {plan.Beams} beam, temperature {plan.Temperature}, {plan.ResponsesPerPrompt} responses a prompt; ")
                + Invariant($"{samplers.Length - differing.Count} of {samplers.Length} stages sample so, with {InvariantText.Join(", ", responses)} responses from policy and reference (DPO) and policy (RS)."));
    }
}
