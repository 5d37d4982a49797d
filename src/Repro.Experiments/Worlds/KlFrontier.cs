using Repro.Core.Batching;
using Repro.Core.Rewards;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Ppo;

namespace Repro.Experiments.Worlds;

/// <summary>
/// E9: PPO against a proxy reward that a policy can exploit, true quality plus a taste for some tokens, over KL coefficients, as it is and
/// bounded by a sigmoid: does the coefficient move gold reward at equal KL, and does a bound at a re-tuned coefficient?
/// </summary>
internal sealed class KlFrontier : IExperiment
{
    /// <summary>The KL coefficient that others are compared with.</summary>
    public const double Coefficient = 0.05;

    private const int Responses = 64;
    private const double TasteWeight = 1;
    private const double LearningRate = 3e-4;

    /// <summary>Iterations after which a policy is measured; the last ends the run.</summary>
    public static readonly IReadOnlyList<int> Checkpoints = [4, 8, 16, 24];

    /// <summary>All arms. The slope of the sigmoid at the mean is a quarter, so that a quarter of the coefficient weighs KL
    /// alike.</summary>
    public static readonly IReadOnlyList<FrontierArm> Arms =
    [
        new(Coefficient), new(Coefficient / 4), new(4 * Coefficient), new(Coefficient, Bounded: true), new(Coefficient / 4, Bounded: true),
    ];

    /// <inheritdoc/>
    public string Id => "E9";

    /// <inheritdoc/>
    public string Title => "gold reward at equal KL, over KL coefficients and with a bounded reward";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Checkpoints[^1]} iterations of {Responses} responses, quality and taste {TasteWeight} in ")
        + Invariant($"standard deviations, AdamW {LearningRate}");

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>The run of an arm.</summary>
    public Cell Cell(FrontierArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context));

    private static CellResult Run(FrontierArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        var policies = BaseModels.Policies(context, seed);
        var start = WorldEvaluation.Sample(policies.Policy.Language, world, WorldDomain.Seen, 512, "evaluation", context.Cancellation);
        var proxy = new ProxyReward(world, start, TasteWeight);
        RolloutPrompt[] prompts = [.. world.Draw(WorldDomain.Seen, Responses * Checkpoints[^1], "training prompts")
            .Select(WorldEvaluation.RolloutPromptOf)];
        using var trainer = new PpoTrainer(
            policies,
            prompts,
            new RuleReward(rollout => arm.Bounded ? 1 / (1 + Math.Exp(-proxy.Of(rollout))) : proxy.Of(rollout)),
            new PpoSettings
            {
                Sampler = WorldEvaluation.Sampler,
                BatchSize = Responses,
                Kl = new KlSettings { Coefficient = arm.Coefficient, Adaptive = false },
            },
            new OptimizerSettings { LearningRate = LearningRate, MaximumGradientNorm = 1 },
            world.Streams);
        return WorldTraining.Measured(trainer, Checkpoints, world, policies, context.Cancellation);
    }
}

/// <summary>True quality and a taste, both in standard deviations over responses of the start policy, weighed so that the whole has
/// mean 0.</summary>
internal sealed class ProxyReward
{
    private readonly World _world;
    private readonly TasteReward _taste;
    private readonly double _weight;
    private readonly double _mean;
    private readonly double _deviation;

    public ProxyReward(World world, IReadOnlyList<Rollout> start, double weight)
    {
        (_world, _weight, _taste) = (world, weight, new TasteReward(world, "proxy taste", start));
        var qualities = WorldEvaluation.QualitiesOf(world, start);
        _mean = qualities.Average();
        _deviation = Math.Sqrt(qualities.Average(quality => (quality - _mean) * (quality - _mean)));
    }

    /// <summary>The proxy of a response.</summary>
    public double Of(Rollout rollout) =>
        ((WorldEvaluation.QualitiesOf(_world, [rollout])[0] - _mean) / _deviation) + (_weight * _taste.Standardised(rollout));
}

/// <summary>An arm of <see cref="KlFrontier"/>.</summary>
/// <param name="Coefficient">KL coefficient.</param>
/// <param name="Bounded">Whether the proxy goes through a sigmoid.</param>
internal sealed record FrontierArm(double Coefficient, bool Bounded = false)
{
    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => Invariant($"KL {Coefficient}, bounded {Bounded}");
}
