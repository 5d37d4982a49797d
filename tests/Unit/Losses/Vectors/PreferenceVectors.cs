using Repro.Core.Chat;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Topic <c>preference</c>.</summary>
internal static class PreferenceVectors
{
    public static Outputs Kto(Source s)
    {
        var (chosen, rejected) = (s.Leaf("policy_chosen_logps"), s.Leaf("policy_rejected_logps"));
        var (chosenReference, rejectedReference) = (s["reference_chosen_logps"], s["reference_rejected_logps"]);
        var beta = s.Number("beta");
        var point = KtoLoss.ReferencePoint(s["policy_KL_logps"], s["reference_KL_logps"]);
        var (policy, reference) = (cat([chosen, rejected]), cat([chosenReference, rejectedReference]));
        var desirable = cat([ones(chosen.numel(), ScalarType.Bool), zeros(rejected.numel(), ScalarType.Bool)]);
        var losses = KtoLoss.Unpaired(
            policy, reference, desirable, point, beta, s.Number("desirable_weight"), s.Number("undesirable_weight"));
        losses.mean().backward();
        IEnumerable<Tensor> Sides()
        {
            if (chosen.numel() > 0)
            {
                yield return KtoLoss.Desirable(chosen, chosenReference, point, beta, s.Number("desirable_weight"));
            }

            if (rejected.numel() > 0)
            {
                yield return KtoLoss.Undesirable(rejected, rejectedReference, point, beta, s.Number("undesirable_weight"));
            }
        }

        var outputs = new Outputs
        {
            { "losses_chosen_then_rejected", losses },
            { "loss_mean", cat([.. Sides()]).mean() },
            { "chosen_rewards", (chosen - chosenReference) * beta },
            { "rejected_rewards", (rejected - rejectedReference) * beta },
            { "kl", point },
        };
        foreach (var (name, leaf) in new[] { ("grad_policy_chosen_logps", chosen), ("grad_policy_rejected_logps", rejected) })
        {
            outputs.Add(name, leaf.grad ?? leaf.detach().zeros_like());
        }

        return outputs;
    }

    public static Outputs Orpo(Source s)
    {
        var (chosen, rejected) = (s.Leaf("policy_chosen_logps"), s.Leaf("policy_rejected_logps"));
        var beta = s.Number("beta");
        var losses = OrpoLoss.OddsRatio(chosen, rejected, beta);
        losses.mean().backward();
        var odds = OrpoLoss.LogOddsRatio(chosen, rejected);
        var outputs = new Outputs
        {
            { "beta_times_log_sigmoid", -losses },
            { "newer_beta_times_log_sigmoid", -losses },
            { "or_term_added_to_nll", losses.mean() },
            { "chosen_rewards", chosen * beta },
            { "rejected_rewards", rejected * beta },
            { "log_odds_ratio_mean", nn.functional.logsigmoid(odds).mean() },
            { "log_odds_mean", odds.mean() },
        };
        outputs.AddGradient("grad_chosen_of_or_term", chosen);
        outputs.AddGradient("grad_rejected_of_or_term", rejected);
        return outputs;
    }

    public static Outputs Cpo(Source s)
    {
        var (chosen, rejected) = (s.Leaf("policy_chosen_logps"), s.Leaf("policy_rejected_logps"));
        var (beta, smoothing) = (s.Number("beta"), s.Number("label_smoothing"));
        var losses = s.Case.Text("loss_type") switch
        {
            "simpo" => CpoLoss.SimPo(chosen, rejected, beta, s.Number("simpo_gamma"), smoothing),
            "sigmoid" => CpoLoss.Sigmoid(chosen, rejected, beta, smoothing),
            "hinge" => CpoLoss.Hinge(chosen, rejected, beta),
            "ipo" => CpoLoss.Ipo(chosen, rejected, beta),
            var other => throw new InvalidDataException($"{s.Case.Id}: the loss {other} is not known."),
        };
        losses.mean().backward();
        var outputs = new Outputs
        {
            { "losses", losses },
            { "loss_mean", losses.mean() },
            { "chosen_rewards", chosen * beta },
            { "rejected_rewards", rejected * beta },
        };
        outputs.AddGradient("grad_chosen", chosen);
        outputs.AddGradient("grad_rejected", rejected);
        return outputs;
    }

    public static Outputs Tdpo(Source s)
    {
        var (chosen, rejected) = (s.Leaf("policy_chosen_logits"), s.Leaf("policy_rejected_logits"));
        var (chosenReference, rejectedReference) = (s["reference_chosen_logits"], s["reference_rejected_logits"]);
        var (chosenLabels, rejectedLabels) = (s["chosen_labels"], s["rejected_labels"]);
        var (chosenMask, rejectedMask) = (chosenLabels.ne(LabelMasks.Ignored), rejectedLabels.ne(LabelMasks.Ignored));
        var beta = s.Number("beta");
        var pairs = new PairLogProbs(
            SequenceLogProbs.Sum(chosen, chosenLabels, chosenMask),
            SequenceLogProbs.Sum(rejected, rejectedLabels, rejectedMask),
            SequenceLogProbs.Sum(chosenReference, chosenLabels, chosenMask),
            SequenceLogProbs.Sum(rejectedReference, rejectedLabels, rejectedMask));
        var chosenKl = SequentialKl(chosen, chosenReference, chosenMask);
        var rejectedKl = SequentialKl(rejected, rejectedReference, rejectedMask);
        // DPO's margin less the difference of the sequential KL; the second form weighs it and learns from that of the rejected response.
        var difference = s.Case.Flag("if_tdpo2") ? (rejectedKl - chosenKl.detach()) * s.Number("alpha") : rejectedKl - chosenKl;
        var losses = DpoLoss.Sigmoid(pairs with { ReferenceChosen = pairs.ReferenceChosen + difference }, beta);
        losses.mean().backward();
        var (chosenMargin, rejectedMargin) = (pairs.PolicyChosen - pairs.ReferenceChosen, pairs.PolicyRejected - pairs.ReferenceRejected);
        var outputs = new Outputs
        {
            { "chosen_logps_margin", chosenMargin },
            { "rejected_logps_margin", rejectedMargin },
            { "chosen_position_kl", chosenKl },
            { "rejected_position_kl", rejectedKl },
            { "losses", losses },
            { "loss_mean", losses.mean() },
            { "chosen_rewards", (chosenMargin + chosenKl) * beta },
            { "rejected_rewards", (rejectedMargin + rejectedKl) * beta },
        };
        outputs.AddGradient("grad_policy_chosen_logits", chosen);
        outputs.AddGradient("grad_policy_rejected_logits", rejected);
        return outputs;
    }

    // KL(reference || policy) over the vocabulary, summed over the positions that predict a counted token, [pairs].
    private static Tensor SequentialKl(Tensor policy, Tensor reference, Tensor mask)
    {
        var time = policy.shape[1] - 1;
        return KlDivergence.Full(reference.narrow(1, 0, time), policy.narrow(1, 0, time), mask.narrow(1, 1, time)).sum([1]);
    }
}
