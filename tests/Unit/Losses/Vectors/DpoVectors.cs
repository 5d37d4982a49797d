using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Topic <c>dpo</c>.</summary>
internal static class DpoVectors
{
    public static Outputs BatchLogps(Source s)
    {
        var labels = s["labels"];
        var mask = labels.ne((long)s.Number("label_pad_token_id"));
        var predicted = mask.narrow(1, 1, mask.shape[1] - 1);
        var counts = predicted.sum([1], type: ScalarType.Int64);
        return new Outputs
        {
            { "sum_logps", SequenceLogProbs.Sum(s["logits"], labels, mask) },
            { "average_logps", Averages(s["logits"], labels, mask, counts) },
            { "token_counts", counts },
        };
    }

    public static Outputs FromLogits(Source s)
    {
        var average = s.Case.Flag("average_log_prob");
        var (chosen, rejected) = (s.Leaf("policy_chosen_logits"), s.Leaf("policy_rejected_logits"));
        var pairs = new PairLogProbs(
            LogProbs(chosen, s["chosen_labels"], average),
            LogProbs(rejected, s["rejected_labels"], average),
            LogProbs(s["reference_chosen_logits"], s["chosen_labels"], average),
            LogProbs(s["reference_rejected_logits"], s["rejected_labels"], average));
        var losses = s.Case.Flag("ipo")
            ? DpoLoss.Ipo(pairs, s.Number("beta"))
            : DpoLoss.Sigmoid(pairs, s.Number("beta"), s.Number("label_smoothing"));
        losses.mean().backward();
        var rewards = DpoLoss.Rewards(pairs, s.Number("beta"));
        var outputs = new Outputs
        {
            { "policy_chosen_logps", pairs.PolicyChosen },
            { "policy_rejected_logps", pairs.PolicyRejected },
            { "reference_chosen_logps", pairs.ReferenceChosen },
            { "reference_rejected_logps", pairs.ReferenceRejected },
            { "losses", losses },
            { "loss_mean", losses.mean() },
            { "chosen_rewards", rewards.Chosen },
            { "rejected_rewards", rewards.Rejected },
        };
        outputs.AddGradient("grad_policy_chosen_logits", chosen);
        outputs.AddGradient("grad_policy_rejected_logits", rejected);
        return outputs;
    }

    public static Outputs PreferenceLoss(Source s)
    {
        var pairs = Pairs(s);
        var (beta, smoothing) = (s.Number("beta"), s.Number("label_smoothing"));
        var losses = (s.Case.Flag("ipo"), s.Case.Flag("reference_free")) switch
        {
            (false, false) => DpoLoss.Sigmoid(pairs, beta, smoothing),
            (false, true) => DpoLoss.ReferenceFree(pairs, beta, smoothing),
            (true, false) => DpoLoss.Ipo(pairs, beta),
            (true, true) => DpoLoss.IpoReferenceFree(pairs, beta),
        };
        var (chosen, rejected) = DpoLoss.Rewards(pairs, beta);
        var outputs = Finish(pairs, losses);
        outputs.Add("chosen_rewards", chosen);
        outputs.Add("rejected_rewards", rejected);
        outputs.Add("reward_margins", chosen - rejected);
        outputs.Add("reward_accuracies", chosen.gt(rejected));
        return outputs;
    }

    public static Outputs SftLoss(Source s)
    {
        var logits = s.Leaf("logits");
        var labels = s["labels"];
        var mask = labels.ne((long)s.Number("ignore_index"));
        var loss = CrossEntropyLoss.Causal(logits, labels, mask);
        loss.backward();
        var shifted = mask.narrow(1, 1, mask.shape[1] - 1);
        var outputs = new Outputs
        {
            { "ce_token_mean", loss },
            { "shifted_logps", TokenLogProbs.Next(logits, labels, mask) },
            { "shifted_mask", shifted },
            { "sft_token_level", loss },
            { "sft_sample_level", CrossEntropyLoss.Causal(logits, labels, mask, LossReduction.SampleLevel) },
        };
        outputs.AddGradient("grad_logits", logits);
        return outputs;
    }

    public static Outputs TrlLoss(Source s)
    {
        var pairs = Pairs(s);
        var (beta, smoothing) = (s.Number("beta"), s.Number("label_smoothing"));
        var losses = (s.Case.Text("loss_type"), s.Case.Text("f_divergence_type")) switch
        {
            ("sigmoid", "reverse_kl") => DpoLoss.Sigmoid(pairs, beta, smoothing),
            ("sigmoid", var divergence) => DpoLoss.WithDivergence(pairs, beta, Divergence(s, divergence), smoothing),
            ("robust", "reverse_kl") => DpoLoss.Robust(pairs, beta, smoothing),
            ("hinge", "reverse_kl") => DpoLoss.Hinge(pairs, beta),
            ("ipo", "reverse_kl") => DpoLoss.Ipo(pairs, beta),
            ("exo_pair", "reverse_kl") => PairedPreferenceLoss.Exo(pairs, beta, smoothing == 0 ? 1e-3 : smoothing),
            ("sppo_hard", "reverse_kl") => PairedPreferenceLoss.SppoHard(pairs, beta),
            ("nca_pair", "reverse_kl") => PairedPreferenceLoss.Nca(pairs, beta),
            ("aot_pair", "reverse_kl") => PairedPreferenceLoss.AotUnpaired(pairs, beta, smoothing),
            ("aot", "reverse_kl") => PairedPreferenceLoss.AotPaired(pairs, beta, smoothing),
            var other => throw new InvalidDataException($"{s.Case.Id}: the loss {other} is not known."),
        };
        var outputs = Finish(pairs, losses);
        var (chosen, rejected) = DpoLoss.Rewards(pairs, beta);
        outputs.Add("chosen_rewards", chosen);
        outputs.Add("rejected_rewards", rejected);
        return outputs;
    }

    public static Outputs TrlMainLoss(Source s)
    {
        var pairs = Pairs(s);
        var (beta, smoothing) = (s.Number("beta"), s.Number("label_smoothing"));
        var losses = (s.Case.Text("loss_type"), s.Case.Text("f_divergence_type")) switch
        {
            ("sigmoid", "reverse_kl") => DpoLoss.Sigmoid(pairs, beta),
            ("sigmoid", var divergence) => DpoLoss.WithDivergence(pairs, beta, Divergence(s, divergence)),
            ("hinge", "reverse_kl") => DpoLoss.Hinge(pairs, beta),
            ("ipo", "reverse_kl") => DpoLoss.Ipo(PerToken(s, pairs), beta),
            ("sigmoid_norm", "reverse_kl") => DpoLoss.Sigmoid(PerToken(s, pairs), beta),
            ("exo_pair", "reverse_kl") => PairedPreferenceLoss.Exo(pairs, beta, smoothing == 0 ? 1e-3 : smoothing),
            ("nca_pair", "reverse_kl") => PairedPreferenceLoss.Nca(pairs, beta),
            ("robust", "reverse_kl") => DpoLoss.Robust(pairs, beta, smoothing),
            ("bco_pair", "reverse_kl") => PairedPreferenceLoss.Bco(pairs, beta),
            ("sppo_hard", "reverse_kl") => PairedPreferenceLoss.SppoHard(pairs, beta),
            ("aot", "reverse_kl") => PairedPreferenceLoss.AotPaired(pairs, beta, smoothing),
            ("aot_unpaired", "reverse_kl") => PairedPreferenceLoss.AotUnpaired(pairs, beta, smoothing),
            ("apo_zero", "reverse_kl") => PairedPreferenceLoss.ApoZero(pairs, beta),
            ("apo_down", "reverse_kl") => PairedPreferenceLoss.ApoDown(pairs, beta),
            ("discopop", "reverse_kl") => PairedPreferenceLoss.DiscoPop(pairs, beta, s.Number("discopop_tau")),
            var other => throw new InvalidDataException($"{s.Case.Id}: the loss {other} is not known."),
        };
        return Finish(pairs, losses);
    }

    private static Outputs Finish(PairLogProbs pairs, Tensor losses)
    {
        losses.mean().backward();
        var outputs = new Outputs { { "losses", losses }, { "loss_mean", losses.mean() } };
        outputs.AddGradient("grad_policy_chosen_logps", pairs.PolicyChosen);
        outputs.AddGradient("grad_policy_rejected_logps", pairs.PolicyRejected);
        return outputs;
    }

    private static DivergenceMargin Divergence(Source s, string name) => name switch
    {
        "forward_kl" => new DivergenceMargin.ForwardKl(),
        "js_divergence" => new DivergenceMargin.JensenShannon(),
        "alpha_divergence" => new DivergenceMargin.Alpha(s.Number("alpha_divergence_coef")),
        _ => throw new InvalidDataException($"{s.Case.Id}: the divergence {name} is not known."),
    };

    private static PairLogProbs Pairs(Source s) =>
        new(s.Leaf("policy_chosen_logps"), s.Leaf("policy_rejected_logps"), s["reference_chosen_logps"], s["reference_rejected_logps"]);

    private static PairLogProbs PerToken(Source s, PairLogProbs pairs)
    {
        var lengths = s["completion_lengths_chosen_then_rejected"].to_type(s.Type).chunk(2);
        return new(
            pairs.PolicyChosen / lengths[0], pairs.PolicyRejected / lengths[1], pairs.ReferenceChosen / lengths[0],
            pairs.ReferenceRejected / lengths[1]);
    }

    private static Tensor LogProbs(Tensor logits, Tensor labels, bool average)
    {
        var mask = labels.ne(LabelMasks.Ignored);
        return average ? SequenceLogProbs.Average(logits, labels, mask) : SequenceLogProbs.Sum(logits, labels, mask);
    }

    // An empty row has no average: the library refuses it, the vectors say NaN.
    private static Tensor Averages(Tensor logits, Tensor labels, Tensor mask, Tensor counts)
    {
        var rows = new List<Tensor>();
        for (var row = 0; row < counts.shape[0]; row++)
        {
            var (l, t, m) = (logits.narrow(0, row, 1), labels.narrow(0, row, 1), mask.narrow(0, row, 1));
            if (counts[row].item<long>() > 0)
            {
                rows.Add(SequenceLogProbs.Average(l, t, m));
                continue;
            }

            FluentActions.Invoking(() => SequenceLogProbs.Average(l, t, m)).Should().Throw<Core.ReproException>();
            rows.Add(full(1, double.NaN, logits.dtype, logits.device));
        }

        return cat(rows);
    }
}
