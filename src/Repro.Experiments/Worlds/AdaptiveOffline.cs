using Repro.Core.Adaptive;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;

namespace Repro.Experiments.Worlds;

/// <summary>
/// E4: DPO and adaptive DPO on pairs whose better response holds wrong tokens and whose worse one holds right ones
/// (ADR-WIN-DPO, ADR-FORGET, ADR-FIG5).
/// </summary>
internal sealed class AdaptiveOffline : IExperiment
{
    public const int PairsPerStep = 16;
    private const double Beta = 0.1;
    private const double LearningRate = 2e-4;

    /// <summary>Steps after which a policy is measured; the last ends the run.</summary>
    public static readonly IReadOnlyList<int> Checkpoints = [5, 10, 15, 20, 30, 40];

    /// <summary>Shares of misplaced tokens.</summary>
    public static readonly IReadOnlyList<double> Shares = [0, 0.25, 0.4];

    /// <inheritdoc/>
    public string Id => "E4";

    /// <inheritdoc/>
    public string Title => "DPO and adaptive DPO on pairs with misplaced tokens";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Checkpoints[^1]} steps of {PairsPerStep} pairs, beta {Beta}, AdamW {LearningRate}, ")
        + "threshold 0";

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed)
    {
        foreach (var share in Shares)
        {
            yield return Cell(new OfflineArm(OfflineMethod.Dpo, share), seed);
            yield return Cell(new OfflineArm(OfflineMethod.AdaptiveTokens, share, 0.5), seed);
            yield return Cell(new OfflineArm(OfflineMethod.AdaptivePairs, share, 0.5), seed);
        }

        yield return Cell(new OfflineArm(OfflineMethod.AdaptiveTokens, 0.25, 2), seed);
        yield return Cell(new OfflineArm(OfflineMethod.AdaptivePairs, 0.25, 2), seed);
        yield return Cell(new OfflineArm(OfflineMethod.AdaptiveTokens, 0.25, 0.5, Truth: 0), seed);
        yield return Cell(new OfflineArm(OfflineMethod.AdaptiveTokens, 0.25, 0.5, Truth: -1), seed);
        yield return Cell(new OfflineArm(OfflineMethod.DpoAgain, 0.25), seed);
        yield return Cell(new OfflineArm(OfflineMethod.DpoDoubleRate, 0.25), seed);
    }

    /// <summary>The run of an arm.</summary>
    public Cell Cell(OfflineArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context, Checkpoints));

    /// <summary>Trains an arm to the last of some checkpoints, with the pairs of a run to the last one of this experiment.</summary>
    public static CellResult Run(OfflineArm arm, long seed, CellContext context, IReadOnlyList<int> checkpoints)
    {
        var world = new World(seed);
        var pairs = WorldPairs.Draw(world, PairsPerStep * Checkpoints[^1], arm.Share, arm.Method == OfflineMethod.DpoAgain ? "other pairs"
            : "pairs");
        var policies = BaseModels.Policies(context, seed);
        using var trainer = new DpoTrainer(
            policies,
            [.. pairs.Select(pair => pair.Tokens)],
            [],
            new DpoSettings { Batch = new BatchSettings { BatchSize = PairsPerStep } },
            Loss(arm),
            new OptimizerSettings
            {
                LearningRate = arm.Method == OfflineMethod.DpoDoubleRate ? 2 * LearningRate : LearningRate,
                MaximumGradientNorm = 1
            },
            new ScheduleSettings(),
            world.Streams,
            arm.IsAdaptive ? new PlantedTokenRewards(world, arm.Noise, arm.Truth) : null);
        return WorldTraining.Measured(trainer, checkpoints, world, policies, context.Cancellation, metric: "logps/chosen");
    }

    private static IPairLoss Loss(OfflineArm arm)
    {
        var plain = new DpoPairLoss(new DpoLossSettings { Beta = Beta });
        var tokens = new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel, Threshold = ThresholdKind.Fixed, Value = 0 };
        return arm.Method switch
        {
            OfflineMethod.AdaptiveTokens => new AdaptivePairLoss(plain, AdaptiveDpoReading.Tokens, new AdaptiveTokens(tokens)),
            OfflineMethod.AdaptivePairs => new AdaptivePairLoss(plain, AdaptiveDpoReading.Pairs, new AdaptiveTokens(tokens)),
            _ => plain,
        };
    }
}

/// <summary>An arm of <see cref="AdaptiveOffline"/> with its world.</summary>
/// <param name="Method">What is trained.</param>
/// <param name="Share">Share of misplaced tokens in the pairs.</param>
/// <param name="Noise">Standard deviation of the token rewards' noise.</param>
/// <param name="Truth">What token rewards make of the true value of a token: 1 take it, 0 do not know it, -1 take its opposite.</param>
internal sealed record OfflineArm(OfflineMethod Method, double Share, double Noise = 0, int Truth = 1)
{
    /// <summary>Whether masks take part.</summary>
    public bool IsAdaptive => Method is OfflineMethod.AdaptiveTokens or OfflineMethod.AdaptivePairs;

    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => Invariant($"{Method}, misplaced {Share}, noise {Noise}, truth {Truth}");
}

/// <summary>Losses of <see cref="AdaptiveOffline"/>.</summary>
internal enum OfflineMethod
{
    /// <summary>Plain DPO.</summary>
    Dpo,

    /// <summary>Plain DPO on other pairs: nothing tells it from plain DPO but chance.</summary>
    DpoAgain,

    /// <summary>Plain DPO with twice the learning rate.</summary>
    DpoDoubleRate,

    /// <summary>Adaptive DPO, the mask inside the sums over tokens.</summary>
    AdaptiveTokens,

    /// <summary>Adaptive DPO, the mask as a weight of the pair.</summary>
    AdaptivePairs,
}
