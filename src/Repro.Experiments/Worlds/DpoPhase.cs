namespace Repro.Experiments.Worlds;

/// <summary>E10: adaptive against plain DPO over the share of misplaced tokens and the noise of token rewards: where do masks
/// pay?</summary>
internal sealed class DpoPhase : IExperiment
{
    /// <summary>Steps of every run.</summary>
    public const int Steps = 20;

    /// <summary>Shares of misplaced tokens.</summary>
    public static readonly IReadOnlyList<double> Shares = [0, 0.1, 0.2, 0.3, 0.4];

    /// <summary>Standard deviations of the token rewards' noise.</summary>
    public static readonly IReadOnlyList<double> Noises = [0, 1, 2];

    /// <inheritdoc/>
    public string Id => "E10";

    /// <inheritdoc/>
    public string Title => "where adaptive DPO pays: misplaced tokens by noise of token rewards";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Steps} steps, else as E4 {new AdaptiveOffline().Version}");

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) =>
    [
        .. from share in Shares
           from arm in Noises.Select(noise => Adaptive(share, noise)).Prepend(Plain(share))
           select Cell(arm, seed),
    ];

    /// <summary>Plain DPO at a share.</summary>
    public static OfflineArm Plain(double share) => new(OfflineMethod.Dpo, share);

    /// <summary>Adaptive DPO at a share and noise.</summary>
    public static OfflineArm Adaptive(double share, double noise) => new(OfflineMethod.AdaptiveTokens, share, noise);

    /// <summary>The run of an arm.</summary>
    public Cell Cell(OfflineArm arm, long seed) => new(
        new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => AdaptiveOffline.Run(arm, seed, context, [Steps]));
}
