using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.RejectionSampling;

namespace Repro.Experiments.Worlds;

/// <summary>
/// E5: PPO and rejection sampling, plain and adaptive, on one planted score a response and planted token rewards for the masks
/// (ADR-WIN-PPO, ADR-WIN-RS, ADR-FORGET, ADR-FIG5).
/// </summary>
internal sealed class AdaptiveOnline : IExperiment
{
    private const int Responses = 64;
    private const int Samples = 4;
    private const double RatingNoise = 0.5;
    private const double TokenNoise = 0.5;
    private const double PpoRate = 3e-4;
    private const double RejectionRate = 5e-4;
    private const double Kl = 0.05;

    /// <summary>Iterations after which a policy is measured; the last ends the run.</summary>
    public static readonly IReadOnlyList<int> Checkpoints = [2, 4, 6, 8, 12, 16, 24];

    /// <inheritdoc/>
    public string Id => "E5";

    /// <inheritdoc/>
    public string Title => "PPO and rejection sampling, plain and adaptive";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Checkpoints[^1]} iterations of {Responses} responses, best of {Samples}, rating noise ")
        + Invariant($"{RatingNoise}, ")
        + Invariant($"token noise {TokenNoise}, KL {Kl}, AdamW {PpoRate} and {RejectionRate}, threshold 0");

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>All arms.</summary>
    public static readonly IReadOnlyList<OnlineArm> Arms =
    [
        new(OnlineMethod.Ppo), new(OnlineMethod.AdaptivePpo), new(OnlineMethod.AdaptivePpo, Truth: 0),
            new(OnlineMethod.AdaptivePpo, Truth: -1),
        new(OnlineMethod.Ppo, Again: true),
        new(OnlineMethod.Rejection), new(OnlineMethod.AdaptiveRejection), new(OnlineMethod.AdaptiveRejection, Truth: 0),
        new(OnlineMethod.AdaptiveRejection, Truth: -1), new(OnlineMethod.Rejection, Again: true),
    ];

    /// <summary>The run of an arm.</summary>
    public Cell Cell(OnlineArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context));

    private static CellResult Run(OnlineArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        var policies = BaseModels.Policies(context, seed);
        using var trainer = Trainer(arm, world, policies);
        return WorldTraining.Measured(trainer, Checkpoints, world, policies, context.Cancellation);
    }

    // Token rewards of plain methods are not read.
    private static ITrainer Trainer(OnlineArm arm, World world, PolicyPair policies)
    {
        RolloutPrompt[] prompts = [.. world.Draw(WorldDomain.Seen, Responses * Checkpoints[^1], "training prompts")
            .Select(WorldEvaluation.RolloutPromptOf)];
        var reward = new RuleReward(PlantedScores.Rating(world, RatingNoise));
        var rewards = new PlantedTokenRewards(world, TokenNoise, arm.Truth);
        var tokens = new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel, Threshold = ThresholdKind.Fixed, Value = 0 };
        var isPpo = arm.Method is OnlineMethod.Ppo or OnlineMethod.AdaptivePpo;
        var optimizer = new OptimizerSettings { LearningRate = isPpo ? PpoRate : RejectionRate, MaximumGradientNorm = 1 };
        var streams = arm.Again ? new RandomStreams(world.Streams.For("again")) : world.Streams;
        if (isPpo)
        {
            var settings = new PpoSettings
            {
                Sampler = WorldEvaluation.Sampler,
                BatchSize = Responses,
                Kl = new KlSettings { Coefficient = Kl, Adaptive = false },
            };
            var mask = arm.Method == OnlineMethod.AdaptivePpo ? new AdaptivePpoMask(tokens, PreferredBy.Advantage, settings.Gamma, rewards)
                : null;
            return new PpoTrainer(policies, prompts, reward, settings, optimizer, streams, new PpoTrainerParts { Adaptive = mask });
        }

        var adaptive = arm.Method == OnlineMethod.AdaptiveRejection ? new AdaptiveTokens(tokens) : null;
        return new RejectionSamplingTrainer(
            policies,
            prompts,
            reward,
            new RejectionSamplingSettings
            {
                Sampler = WorldEvaluation.Sampler,
                BatchSize = Responses / Samples,
                Samples = Samples,
                Beta = Kl
            },
            optimizer,
            new ScheduleSettings(),
            streams,
            adaptive: adaptive,
            tokenRewards: adaptive is null ? null : rewards);
    }
}

/// <summary>An arm of <see cref="AdaptiveOnline"/>.</summary>
/// <param name="Method">What is trained.</param>
/// <param name="Truth">What token rewards make of the true value of a token: 1 take it, 0 do not know it, -1 take its opposite.</param>
/// <param name="Again">Whether prompts and responses are drawn with other random numbers.</param>
internal sealed record OnlineArm(OnlineMethod Method, int Truth = 1, bool Again = false)
{
    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => Invariant($"{Method}, truth {Truth}, again {Again}");
}

/// <summary>Methods of <see cref="AdaptiveOnline"/>.</summary>
internal enum OnlineMethod
{
    /// <summary>PPO.</summary>
    Ppo,

    /// <summary>PPO under adaptive masks.</summary>
    AdaptivePpo,

    /// <summary>Rejection sampling, best of four.</summary>
    Rejection,

    /// <summary>Rejection sampling under adaptive masks.</summary>
    AdaptiveRejection,
}
