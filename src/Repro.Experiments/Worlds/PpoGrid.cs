using Repro.Core.Batching;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Ppo;

namespace Repro.Experiments.Worlds;

/// <summary>
/// E2: PPO with two planted rewards of the published spreads, over weights, KL coefficients and forms of the reward (the trainer's half of
/// CRS-F20-kl-small, F21-mech, F22-mech, F22-stability, F23-mech).
/// </summary>
internal sealed class PpoGrid : IExperiment
{
    /// <summary>The KL coefficient that arms are compared at.</summary>
    public const double Coefficient = 0.1;

    /// <summary>Standard deviations over responses of the start policy: distances of best and worst of four 0.4807 and 1.7199, which are
    /// 2.059 standard deviations of a normal score.</summary>
    private const double AbsoluteSpread = 0.4807 / 2.059;

    private const double PreferenceSpread = 1.7199 / 2.059;
    private const double AbsoluteMean = 0.85;
    private const int Iterations = 24;
    private const int Responses = 48;
    private const double LearningRate = 3e-4;

    /// <inheritdoc/>
    public string Id => "E2";

    /// <inheritdoc/>
    public string Title => "PPO over reward weights, KL coefficients and bounded rewards";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Iterations} iterations of {Responses}, AdamW {LearningRate}, spreads {AbsoluteSpread:G6} and ")
        + Invariant($"{PreferenceSpread:G6}, mean {AbsoluteMean}");

    /// <summary>All arms.</summary>
    public static readonly IReadOnlyList<GridArm> Arms =
    [
        new(0), new(0.625), new(1), new(0, EqualSpread: true), new(1, EqualSpread: true), new(1, Coefficient / 2), new(1, 4 * Coefficient),
        new(0, Form: RewardForm.Sigmoid), new(0, Form: RewardForm.Quarter), new(1, Again: true),
    ];

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>The run of an arm.</summary>
    public Cell Cell(GridArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context));

    private static CellResult Run(GridArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        var policies = BaseModels.Policies(context, seed);
        var start = WorldEvaluation.Sample(policies.Policy.Language, world, WorldDomain.Seen, 512, "evaluation", context.Cancellation);
        var (absolute, preference) = (new TasteReward(world, "absolute taste", start), new TasteReward(world, "preference taste", start));
        RolloutPrompt[] prompts =
            [.. world.Draw(WorldDomain.Seen, Responses * Iterations, "training prompts").Select(WorldEvaluation.RolloutPromptOf)];
        using var trainer = new PpoTrainer(
            policies,
            prompts,
            Reward(arm, absolute, preference),
            new PpoSettings
            {
                Sampler = WorldEvaluation.Sampler,
                BatchSize = Responses,
                Kl = new KlSettings { Coefficient = arm.Coefficient, Adaptive = false },
            },
            new OptimizerSettings { LearningRate = LearningRate, MaximumGradientNorm = 1 },
            arm.Again ? new RandomStreams(world.Streams.For("again")) : world.Streams);
        WorldTraining.Run(trainer, context.Cancellation);
        var found = new WorldMeasurements();
        var end = WorldEvaluation.Measure(found, "end", world, policies, context.Cancellation);
        found.Value("end/absolute", end.Average(absolute.Standardised));
        found.Value("end/preference", end.Average(preference.Standardised));
        return found.Result();
    }

    private static CombinedReward Reward(GridArm arm, TasteReward absolute, TasteReward preference)
    {
        var equal = (AbsoluteSpread + PreferenceSpread) / 2;
        var (absoluteSpread, preferenceSpread) = arm.EqualSpread ? (equal, equal) : (AbsoluteSpread, PreferenceSpread);
        double Absolute(Rollout rollout)
        {
            var logit = AbsoluteMean + (absoluteSpread * absolute.Standardised(rollout));
            return arm.Form switch { RewardForm.Sigmoid => 1 / (1 + Math.Exp(-logit)), RewardForm.Quarter => logit / 4, _ => logit };
        }

        return new CombinedReward(
            new RuleReward(rollout => preferenceSpread * preference.Standardised(rollout)), new RuleReward(Absolute), arm.Weight);
    }
}

/// <summary>
/// A planted reward that a policy can learn: the mean over the tokens of a response of what each token is worth, drawn once for each token,
/// in standard deviations over responses of the start policy. Two of these are independent.
/// </summary>
internal sealed class TasteReward
{
    private readonly double[] _worth;
    private readonly double _mean;
    private readonly double _deviation;

    public TasteReward(World world, string name, IReadOnlyList<Rollout> start)
    {
        var random = world.Random(name);
        _worth = [.. Enumerable.Range(0, World.VocabularySize).Select(_ => random.NextNormal())];
        double[] raw = [.. start.Select(Raw)];
        (_mean, _deviation) = (Descriptive.Mean(raw), Descriptive.StandardDeviation(raw, 1));
    }

    /// <summary>The reward of a response, of mean 0 and standard deviation 1 under the start policy.</summary>
    public double Standardised(Rollout rollout) => (Raw(rollout) - _mean) / _deviation;

    private double Raw(Rollout rollout) => rollout.Response.Average(id => _worth[id]);
}

/// <summary>An arm of <see cref="PpoGrid"/>.</summary>
/// <param name="Weight">Weight of the preference reward.</param>
/// <param name="Coefficient">KL coefficient.</param>
/// <param name="EqualSpread">Whether both rewards have the mean of the two spreads.</param>
/// <param name="Form">What is made of the absolute reward.</param>
/// <param name="Again">Whether responses are drawn with other random numbers.</param>
internal sealed record GridArm(
    double Weight, double Coefficient = PpoGrid.Coefficient, bool EqualSpread = false, RewardForm Form = RewardForm.Logit,
        bool Again = false)
{
    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => Invariant($"weight {Weight}, KL {Coefficient}, equal spread {EqualSpread}, {Form}, again {Again}");
}

/// <summary>Forms of the absolute reward.</summary>
internal enum RewardForm
{
    /// <summary>As it is.</summary>
    Logit,

    /// <summary>Its sigmoid.</summary>
    Sigmoid,

    /// <summary>A quarter of it: as flat as the sigmoid at its steepest, but not bounded.</summary>
    Quarter,
}
