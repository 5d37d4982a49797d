using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>Claims about reward models and about where the pairs of online DPO come from, judged by the trained models of E1, E6 and
/// E7.</summary>
internal sealed class RewardTraining : ISpecGroup
{
    private const double Margin = 0.02;
    private const double QualityMargin = 0.01;
    private const double LeastAuc = 0.7;
    private const double LeastInside = 0.8;
    private const double LeastOutside = 0.65;
    private const double LeastRise = 0.1;
    private const int Texts = ProcessOutcome.LabelledTexts;
    private const double LabelNoise = 0.1;
    private const string UnseenAttribute = "accuracy/unseen_attribute";
    private const string UnseenWordOrder = "accuracy/unseen_format";

    private static readonly ProcessOutcome Process = new();
    private static readonly OnlineReference Reference = new();
    private static readonly RewardModels Rewards = new();

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-FIG2", context => TrainingRuns.Judge(context, [Process], ProcessGate, Supervision)),
        new("ADR-ONLINE-REF", context => TrainingRuns.Judge(context, [Reference], ReferenceGate, OnlineSources)),
        new("CRS-S6.2-preference-overfits", context => TrainingRuns.Judge(context, [Rewards], RewardGate, Overfits)),
    ];

    private static Evidence Supervision(EvidenceBuilder evidence, TrainingRuns runs)
    {
        var (denseOrm, densePrm) = (Orm(runs, false, Texts), Prm(runs, false, Texts));
        var (sparseOrm, sparsePrm) = (Orm(runs, true, Texts), Prm(runs, true, Texts));
        // The caption speaks of general tasks. What happens on dense ones, and with the PRM as an ORM, is shown and decides nothing.
        evidence.RequirePaired(new SeedComparison("sparse task, ORM against PRM", sparseOrm, sparsePrm, Margin, PairedOutcome.FirstLarger));
        evidence.Swept(new SeedComparison("dense task, ORM against PRM", denseOrm, densePrm, Margin, PairedOutcome.SecondLarger));
        foreach (var (sparse, orm, prm) in new[] { (false, denseOrm, densePrm), (true, sparseOrm, sparsePrm) })
        {
            var task = sparse ? "sparse" : "dense";
            var last = SeedStatistics.Values(runs.Of(Arm(new ProcessArm(true, sparse, Texts, LabelNoise))), "auc/last");
            evidence.Value($"area under the curve, {task}",
                Invariant($"ORM {orm.Average():0.###}, PRM {prm.Average():0.###}, PRM_O {last.Average():0.###}"));
        }

        var coin = SeedStatistics.Values(runs.Of(Arm(new ProcessArm(false, false, Texts, 0.5))), "auc/last");
        var oneOrm = SeedStatistics.Values(runs.Of(Arm(new ProcessArm(false, false, Texts, 0, OneStep: true))), "auc/last");
        var onePrm = SeedStatistics.Values(runs.Of(Arm(new ProcessArm(true, false, Texts, 0, OneStep: true))), "auc/last");
        return evidence
            .Planted(new SeedComparison("one step without label noise, ORM against PRM", oneOrm, onePrm, Margin, PairedOutcome.Undecided))
            .Planted(new SeedComparison("ORM against an ORM of coin flips", denseOrm, coin, Margin, PairedOutcome.FirstLarger))
            .Planted(new SeedComparison("an ORM of coin flips against the PRM", coin, densePrm, Margin, PairedOutcome.SecondLarger))
            .Explain(Invariant($"Area under the ROC curve: on the dense task ORM {denseOrm.Average():0.###} and PRM ")
                + Invariant($"{densePrm.Average():0.###}, on the sparse one {sparseOrm.Average():0.###} and ")
                + Invariant($"{sparsePrm.Average():0.###}, with {Texts} labelled responses. Sparse means here that one step decides and ")
                + "that the labels of the others are coin flips.");
    }

    private static Evidence OnlineSources(EvidenceBuilder evidence, TrainingRuns runs)
    {
        var (both, policy) = (runs.Of(Arm(new PairSourceArm(1, 1))), runs.Of(Arm(new PairSourceArm(2, 0))));
        SeedComparison Wins(string name, IReadOnlyList<CellResult> first, int step, PairedOutcome claimed = PairedOutcome.FirstLarger) =>
            new(
            Invariant($"win rate after {step} steps, {name}"), [.. WinRates(first, policy, step).Select(rate => rate - 0.5)],
            SeedStatistics.Constant(0, first.Count), Margin, claimed);
        evidence.RequireSomewhere(Wins("policy and reference against policy", both, 16),
            Wins("policy and reference against policy", both, 32));
        var (first, second) = SeedStatistics.Matched(runs.Start, both, policy, OnlineReference.Checkpoints, "kl", "quality");
        var equalKl = new SeedComparison("quality at equal KL", first, second, QualityMargin, PairedOutcome.FirstLarger);
        evidence.Swept(equalKl);
        if (equalKl.Decide().Outcome != PairedOutcome.FirstLarger)
        {
            evidence.Reserve("at equal KL", SeedEvidence.Describe(equalKl.Decide()));
        }

        evidence.Swept(Wins("reference alone against policy", runs.Of(Arm(new PairSourceArm(0, 2))), 16));
        var trained = SeedStatistics.WinRates(policy, "step16/quality", runs.Start, "start/quality");
        return evidence
            .Planted(Wins("policy again", runs.Of(Arm(new PairSourceArm(2, 0, Again: true))), 16, PairedOutcome.Undecided))
            .Planted(new SeedComparison("policy against the start policy", trained, SeedStatistics.Constant(0.5, trained.Length), Margin,
                PairedOutcome.FirstLarger))
            .Planted(Wins("the worse response preferred", runs.Of(Arm(new PairSourceArm(1, 1, Opposite: true))), 16,
                PairedOutcome.SecondLarger))
            .Explain("Against pairs of the policy alone, pairs of policy and reference win "
                + Invariant($"{Points(WinRates(both, policy, 16))} after 16 steps and ")
                + Invariant($"{Points(WinRates(both, policy, 32))} after 32; at equal KL quality differs by ")
                + Invariant($"{SeedEvidence.Describe(equalKl.Decide())}."));
    }

    private static Evidence Overfits(EvidenceBuilder evidence, TrainingRuns runs)
    {
        SeedComparison Leads(BiasedLabels bias) => new(
            $"lead of the absolute model outside against inside, bias of {Name(bias)}", Lead(runs, bias, inside: false),
                Lead(runs, bias, inside: true), Margin,
            PairedOutcome.FirstLarger);
        // Where both models are at chance they lead by nothing, which says nothing of what they would do if they had learned.
        if (AtChance(runs) is { } reason)
        {
            evidence.Undecided("unseen domains that can be learned", reason)
                .Swept(Leads(BiasedLabels.None)).Swept(Leads(BiasedLabels.Rankings));
        }
        else
        {
            evidence.RequireSomewhere(Leads(BiasedLabels.None), Leads(BiasedLabels.Rankings));
        }

        evidence.Swept(Leads(BiasedLabels.Both));
        foreach (var bias in Enum.GetValues<BiasedLabels>())
        {
            evidence.Value($"agreement with the gold judge, bias of {Name(bias)}",
                string.Join(", ", new[] { true, false }.Select(absolute =>
                Invariant($"{(absolute ? "absolute" : "preference")} {Accuracy(runs, absolute, bias, true).Average():0.###} inside and ")
                    + Invariant($"{Accuracy(runs, absolute, bias, false).Average():0.###} outside"))));
            evidence.Swept(new SeedComparison(
                $"absolute against preference outside, bias of {Name(bias)}", Accuracy(runs, true, bias, false),
                    Accuracy(runs, false, bias, false), Margin,
                PairedOutcome.FirstLarger));
        }

        double[] clean = Accuracy(runs, false, BiasedLabels.None, true), biased = Accuracy(runs, false, BiasedLabels.Rankings, true);
        return evidence
            .Planted(new SeedComparison(
                "the same bias in both labels, absolute against preference inside", Accuracy(runs, true, BiasedLabels.Both, true),
                Accuracy(runs, false, BiasedLabels.Both, true), 0.05, PairedOutcome.Undecided))
            .Planted(new SeedComparison("preference model inside, without and with a bias of rankings", clean, biased, Margin,
                PairedOutcome.FirstLarger))
            .Planted(new SeedComparison(
                "inside under a bias of rankings, preference against absolute", biased, Accuracy(runs, true, BiasedLabels.Rankings, true),
                    Margin,
                PairedOutcome.SecondLarger))
            .Explain("Agreement with the gold judge without a bias: absolute "
                + Invariant($"{Accuracy(runs, true, BiasedLabels.None, true).Average():0.###} inside, ")
                + Invariant($"{Accuracy(runs, true, BiasedLabels.None, false).Average():0.###} outside; preference ")
                + Invariant($"{clean.Average():0.###} and ")
                + Invariant($"{Accuracy(runs, false, BiasedLabels.None, false).Average():0.###}. Under a style bias of rankings the ")
                + "preference model has "
                + Invariant($"{biased.Average():0.###} and {Accuracy(runs, false, BiasedLabels.Rankings, false).Average():0.###}. ")
                + "Outside is the mean of two domains, without a bias: unseen attribute, "
                + $"{Domains(runs, UnseenAttribute)}; unseen word order, {Domains(runs, UnseenWordOrder)}.");
    }

    private static string Domains(TrainingRuns runs, string domain) =>
        Invariant($"absolute {Learned(runs, true, domain):0.###} and preference {Learned(runs, false, domain):0.###}");

    private static double Learned(TrainingRuns runs, bool absolute, string domain) => SeedStatistics.Values(
        runs.Of(seed => Rewards.Cell(new RewardArm(absolute, BiasedLabels.None), seed)), domain).Average();

    private static string? AtChance(TrainingRuns runs)
    {
        var reasons = new[] { true, false }.Select(absolute => AtChance(
            absolute ? "absolute" : "preference", Learned(runs, absolute, UnseenAttribute), Learned(runs, absolute, UnseenWordOrder)));
        var found = string.Join("; ", reasons.OfType<string>());
        return found.Length == 0 ? null : found;
    }

    /// <summary>The unseen domains in which a model with clean labels has not learned enough to be compared; null where there
    /// are none.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="attribute">Its agreement with the gold judge where an attribute is unseen, mean over seeds.</param>
    /// <param name="wordOrder">The same where the word order is unseen.</param>
    internal static string? AtChance(string model, double attribute, double wordOrder)
    {
        var weak = new[] { ("an unseen attribute", attribute), ("an unseen word order", wordOrder) }.Where(one => one.Item2 < LeastOutside)
            .Select(one => Invariant($"{one.Item2:0.###} in the domain of {one.Item1}")).ToList();
        return weak.Count == 0 ? null : $"with clean labels the {model} model agrees with the gold judge at {string.Join(" and ", weak)}, "
            + Invariant($"{LeastOutside} was expected");
    }

    // Whether the PRM learns on the sparse task is what the claim is about; that it can learn shows on the dense one.
    private static string? ProcessGate(TrainingRuns runs)
    {
        var (dense, sparse, process) =
            (Orm(runs, false, Texts).Average(), Orm(runs, true, Texts).Average(), Prm(runs, false, Texts).Average());
        return Math.Min(process, Math.Min(dense, sparse)) >= LeastAuc ? null
            : Invariant($"the ORM has {dense:0.###} on the dense and {sparse:0.###} on the sparse task, the PRM {process:0.###} on the ")
                + Invariant($"dense one, {LeastAuc} was expected");
    }

    private static string? ReferenceGate(TrainingRuns runs)
    {
        var rise = SeedStatistics.Rise(runs, runs.Of(Arm(new PairSourceArm(2, 0))), 32);
        return rise >= LeastRise ? null : Invariant($"online DPO raises quality by {rise:0.###}, at least {LeastRise} was expected");
    }

    private static string? RewardGate(TrainingRuns runs)
    {
        foreach (var absolute in new[] { true, false })
        {
            var inside = Accuracy(runs, absolute, BiasedLabels.None, true).Average();
            if (!(inside >= LeastInside))
            {
                return Invariant($"with clean labels the {(absolute ? "absolute" : "preference")} model agrees with the gold judge at ")
                    + Invariant($"{inside:0.###} inside, {LeastInside} was expected");
            }
        }

        return null;
    }

    private static double[] Orm(TrainingRuns runs, bool sparse, int texts) =>
        SeedStatistics.Values(runs.Of(Arm(new ProcessArm(false, sparse, texts, LabelNoise))), "auc/last");

    // How step scores become one is chosen on other texts than those that are judged.
    private static double[] Prm(TrainingRuns runs, bool sparse, int texts) =>
    [
        .. runs.Of(Arm(new ProcessArm(true, sparse, texts, LabelNoise))).Select(run =>
            run.Values["auc/" + new[] { "min", "product", "mean", "last" }.MaxBy(name => run.Values["choice/" + name])]),
    ];

    private static double[] Lead(TrainingRuns runs, BiasedLabels bias, bool inside) =>
        [.. Accuracy(runs, true, bias, inside).Zip(Accuracy(runs, false, bias, inside), (absolute, preference) => absolute - preference)];

    private static double[] Accuracy(TrainingRuns runs, bool absolute, BiasedLabels bias, bool inside)
    {
        var models = runs.Of(seed => Rewards.Cell(new RewardArm(absolute, bias), seed));
        return inside
            ? SeedStatistics.Values(models, "accuracy/seen")
            : [.. models.Select(run => (run.Values[UnseenAttribute] + run.Values[UnseenWordOrder]) / 2)];
    }

    private static double[] WinRates(IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second, int step) =>
        SeedStatistics.WinRates(first, Invariant($"step{step}/quality"), second, Invariant($"step{step}/quality"));

    private static Func<long, Cell> Arm(ProcessArm arm) => seed => Process.Cell(arm, seed);

    private static Func<long, Cell> Arm(PairSourceArm arm) => seed => Reference.Cell(arm, seed);

    private static string Name(BiasedLabels bias) => bias switch
    {
        BiasedLabels.None => "no label",
        BiasedLabels.Rankings => "rankings",
        _ => "both labels",
    };

    private static string Points(double[] rates) => Invariant($"{100 * (rates.Average() - 0.5):+0.0;-0.0;0.0} points");
}
