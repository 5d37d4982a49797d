using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// The trainer's half of the claims on KL coefficient, bound and weight (CRS Figures 20 to 23): whether PPO on a real model, experiment E2,
/// comes to the side of the exact optimum. Where it does not, the claim is qualified.
/// </summary>
internal static class PpoAgreement
{
    private const double Relative = 0.05;
    private const double RewardMargin = 0.02;
    private const double LeastReward = 0.5;
    private const double B = PpoGrid.Coefficient;

    private static readonly PpoGrid Grid = new();

    /// <summary>Adds what the trained policies say, with controls in which the truth is planted.</summary>
    /// <param name="context">What the spec reads; its claim is one of the design E2.</param>
    /// <param name="evidence">The evidence of the exact optimum.</param>
    /// <returns>The evidence, with a reservation where the trainer is on another side or has not been run.</returns>
    public static EvidenceBuilder Add(SpecContext context, EvidenceBuilder evidence)
    {
        if (TrainingRuns.Find(context, [Grid]) is not { } runs)
        {
            return evidence.Reserve(
                "exact optimum only", $"the trained half is not there: {TrainingRuns.Command([Grid], context.Seeds)} makes it");
        }

        var plain = runs.Of(seed => Grid.Cell(new GridArm(1), seed));
        var reward = SeedStatistics.Values(plain, "end/preference").Average();
        if (!(reward >= LeastReward))
        {
            return evidence.Reserve("trainer", Invariant($"PPO raises the reward by {reward:0.##} standard deviations only, ")
                + Invariant($"{LeastReward} was expected"));
        }

        SeedComparison[] comparisons = [.. Comparisons(context.Claim.Id, runs)];
        var decisions = PairedDecision.Family([.. comparisons.Select(comparison => comparison.Decide())]);
        foreach (var (comparison, decision) in comparisons.Zip(decisions))
        {
            evidence.Swept(comparison);
            // The optimum shows no larger KL at equal spread, so that a trainer that shows one would be the news.
            var agrees = context.Claim.Id == "CRS-F22-stability" ? decision.Outcome != comparison.Claimed
                : decision.Outcome == comparison.Claimed;
            if (!agrees)
            {
                evidence.Reserve(comparison.Name, $"not on the side of the optimum: {decision.Outcome}, {SeedEvidence.Describe(decision)}");
            }
        }

        var again = runs.Of(seed => Grid.Cell(new GridArm(1, Again: true), seed));
        return evidence
            .Value("design of the trained half", context.Design(Grid.Id).Stamp)
            .Planted(new SeedComparison("trained, log KL, other responses", LogKl(again), LogKl(plain), Relative, PairedOutcome.Undecided))
            .Planted(new SeedComparison(
                "trained, reward against that of the start policy", SeedStatistics.Values(plain, "end/preference"),
                    SeedStatistics.Constant(0, plain.Count), RewardMargin,
                PairedOutcome.FirstLarger))
            .Planted(new SeedComparison(
                "trained, log KL, weights exchanged", LogKl(runs.Of(seed => Grid.Cell(new GridArm(0), seed))), LogKl(plain), Relative,
                PairedOutcome.SecondLarger));
    }

    private static IEnumerable<SeedComparison> Comparisons(string claim, TrainingRuns runs)
    {
        IReadOnlyList<CellResult> Arm(GridArm arm) => runs.Of(seed => Grid.Cell(arm, seed));
        SeedComparison Kl(string name, GridArm first, GridArm second, PairedOutcome claimed) =>
            new($"trained, log KL, {name}", LogKl(Arm(first)), LogKl(Arm(second)), Relative, claimed);
        SeedComparison Reward(string name, string reward, GridArm first, GridArm second) => new(
            $"trained, mean reward, {name}", SeedStatistics.Values(Arm(first), reward), SeedStatistics.Values(Arm(second), reward),
                RewardMargin,
            PairedOutcome.SecondLarger);
        var sigmoid = new GridArm(0, Form: RewardForm.Sigmoid);
        return claim switch
        {
            "CRS-F20-kl-small" =>
                [Kl(Invariant($"b = {B / 2} against {B}"), new GridArm(1, B / 2), new GridArm(1), PairedOutcome.FirstLarger)],
            "CRS-F21-mech" =>
            [
                Kl("sigmoid against logit", sigmoid, new GridArm(0), PairedOutcome.SecondLarger),
                Reward("sigmoid against logit", "end/absolute", sigmoid, new GridArm(0)),
            ],
            "CRS-F22-mech" =>
            [
                Kl("weight 0.625 against 0", new GridArm(0.625), new GridArm(0), PairedOutcome.FirstLarger),
                Kl("weight 1 against 0.625", new GridArm(1), new GridArm(0.625), PairedOutcome.FirstLarger),
            ],
            "CRS-F22-stability" =>
            [
                Kl("weight 1 against 0, equal spread", new GridArm(1, EqualSpread: true), new GridArm(0, EqualSpread: true),
                    PairedOutcome.FirstLarger),
            ],
            "CRS-F23-mech" =>
            [
                Kl(Invariant($"b = {4 * B} against {B}"), new GridArm(1, 4 * B), new GridArm(1), PairedOutcome.SecondLarger),
                Reward(Invariant($"b = {4 * B} against {B}"), "end/preference", new GridArm(1, 4 * B), new GridArm(1)),
            ],
            _ => throw new ArgumentException($"{claim} has no trained half.", nameof(claim)),
        };
    }

    private static double[] LogKl(IReadOnlyList<CellResult> runs) =>
        [.. SeedStatistics.Values(runs, "end/kl").Select(value => Math.Log(value))];
}
