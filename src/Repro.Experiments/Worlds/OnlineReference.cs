using Repro.Core.Batching;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;

namespace Repro.Experiments.Worlds;

/// <summary>E6: online DPO on pairs of two responses of the policy, or of one of the policy and one of the reference
/// (ADR-ONLINE-REF).</summary>
internal sealed class OnlineReference : IExperiment
{
    private const int Prompts = 24;
    private const double Beta = 0.1;
    private const double RatingNoise = 0.5;
    private const double LearningRate = 2e-4;

    /// <summary>Steps after which a policy is measured; the last ends the run.</summary>
    public static readonly IReadOnlyList<int> Checkpoints = [8, 16, 32];

    /// <inheritdoc/>
    public string Id => "E6";

    /// <inheritdoc/>
    public string Title => "online DPO from the policy, or from policy and reference";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Checkpoints[^1]} steps of {Prompts} prompts, beta {Beta}, rating noise {RatingNoise}, ")
        + Invariant($"AdamW {LearningRate}");

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>All arms.</summary>
    public static readonly IReadOnlyList<PairSourceArm> Arms = [new(2, 0), new(1, 1), new(2, 0, Again: true), new(0, 2),
        new(1, 1, Opposite: true)];

    /// <summary>The run of an arm.</summary>
    public Cell Cell(PairSourceArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context));

    private static CellResult Run(PairSourceArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        var policies = BaseModels.Policies(context, seed);
        var rating = PlantedScores.Rating(world, RatingNoise);
        RolloutPrompt[] prompts =
            [.. world.Draw(WorldDomain.Seen, Prompts * Checkpoints[^1], "training prompts").Select(WorldEvaluation.RolloutPromptOf)];
        using var trainer = new OnlineDpoTrainer(
            policies,
            prompts,
            new RuleReward(arm.Opposite ? rollout => -rating(rollout) : rating),
            new OnlineDpoSettings
            {
                Sampler = WorldEvaluation.Sampler,
                BatchSize = Prompts,
                PolicySamples = arm.FromPolicy,
                ReferenceSamples = arm.FromReference,
            },
            new DpoPairLoss(new DpoLossSettings { Beta = Beta }),
            new OptimizerSettings { LearningRate = LearningRate, MaximumGradientNorm = 1 },
            new ScheduleSettings(),
            arm.Again ? new RandomStreams(world.Streams.For("again")) : world.Streams);
        return WorldTraining.Measured(trainer, Checkpoints, world, policies, context.Cancellation);
    }
}

/// <summary>An arm of <see cref="OnlineReference"/>: where the two responses of a pair come from.</summary>
/// <param name="FromPolicy">Responses of the policy.</param>
/// <param name="FromReference">Responses of the reference.</param>
/// <param name="Again">Whether responses are drawn with other random numbers.</param>
/// <param name="Opposite">Whether the worse response is preferred.</param>
internal sealed record PairSourceArm(int FromPolicy, int FromReference, bool Again = false, bool Opposite = false)
{
    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => Invariant($"{FromPolicy} of the policy, {FromReference} of the reference, again {Again}, ")
        + Invariant($"opposite {Opposite}");
}
