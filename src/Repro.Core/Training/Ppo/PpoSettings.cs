using Repro.Core.Configuration;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Ppo;

/// <summary>What PPO, GRPO and RLOO say alike: how much is sampled in a step, and in what parts it is trained on.</summary>
public abstract record PolicyGradientSettings : ICheckedSettings
{
    /// <summary>The distribution that responses are drawn from.</summary>
    [ConfigInline]
    public required SamplerSettings Sampler { get; init; }

    /// <summary>Responses of one step.</summary>
    [AtLeast(1)]
    public required int BatchSize { get; init; }

    /// <summary>Responses of one optimiser update, at most <see cref="BatchSize"/>; null for all of the step.</summary>
    [AtLeast(1, Instead = "leave the key out for all responses of a step")]
    public int? MiniBatchSize { get; init; }

    /// <summary>Most responses in one forward pass; the gradients of the parts add up to that of the mini-batch. Null for all at
    /// once.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? MicroBatchSize { get; init; }

    /// <summary>Passes over the prompts of the run; the last, incomplete batch of a pass is dropped.</summary>
    [AtLeast(1, Instead = "run.maximum_steps ends a run early")]
    public int Epochs { get; init; } = 1;

    /// <summary>Scores are kept within minus and plus this; null for no limit.</summary>
    [Above(0, Instead = "leave the key out for no limit")]
    public double? ScoreClip { get; init; }

    string? ICheckedSettings.Problem => Problem;

    /// <summary>What does not fit together; null where all does.</summary>
    internal virtual string? Problem => MiniBatchSize > BatchSize
        ? Invariant($"mini_batch_size is {MiniBatchSize}, but a step has only the {BatchSize} responses of batch_size")
        : null;

    /// <summary>Responses to each prompt.</summary>
    internal abstract int ResponsesPerPrompt { get; }

    /// <summary>Passes over the responses of a step.</summary>
    internal abstract int UpdateEpochs { get; }

    /// <summary>Prompts of one step.</summary>
    internal int PromptsPerStep => BatchSize / ResponsesPerPrompt;

    /// <summary>Targets and loss of the method.</summary>
    internal abstract PolicyMethod Method();

    /// <exception cref="ReproException">Numbers do not fit together.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    internal virtual void Check()
    {
        Sampler.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MiniBatchSize ?? 1, 1, nameof(MiniBatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroBatchSize ?? 1, 1, nameof(MicroBatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(UpdateEpochs, 1);
        TensorChecks.Positive(ScoreClip ?? 1, nameof(ScoreClip));
        this.RequireFitting();
    }

    /// <summary>Scores within the limits.</summary>
    internal double[] Clip(IReadOnlyList<double> scores) =>
        [.. scores.Select(score => ScoreClip is { } most ? Math.Clamp(score, -most, most) : score)];
}

/// <summary>The numbers of PPO on responses. Defaults are those of TRL 0.7.</summary>
public sealed record PpoSettings : PolicyGradientSettings
{
    /// <summary>
    /// What the losses of a mini-batch are divided by: its tokens, or those of each part and then the number of parts, as TRL
    /// accumulates.
    /// </summary>
    public LossNormalization LossNormalization { get; init; } = LossNormalization.WholeBatch;

    /// <summary>Passes over the responses of a step, each in an order of its own.</summary>
    [AtLeast(1)]
    public int PpoEpochs { get; init; } = 4;

    /// <summary>Discount, from 0 to 1.</summary>
    [Within(0, 1)]
    public double Gamma { get; init; } = 1;

    /// <summary>Weight of later errors in an advantage, from 0 to 1.</summary>
    [Within(0, 1)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>How far the probability ratio may be from 1 on either side.</summary>
    [Within(0, 1, AboveMinimum = true)]
    public double PolicyClip { get; init; } = 0.2;

    /// <summary>The largest distance of a value from the old one.</summary>
    [Above(0, Instead = "a value such as 1e9 clips nothing")]
    public double ValueClip { get; init; } = 0.2;

    /// <summary>Factor of the value loss.</summary>
    [AtLeast(0)]
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>A mean ratio above it sets the losses of the mini-batch to 0.</summary>
    [Above(0)]
    public double RatioThreshold { get; init; } = 10;

    /// <summary>Whether a step makes no further pass over its responses once <see cref="TargetKl"/> is passed.</summary>
    public bool EarlyStopping { get; init; }

    /// <summary>
    /// With <see cref="EarlyStopping"/>: a pass is the last one of its step where the mean of old minus new log-probability at its last
    /// update, in nats a token, is above 1.5 times this. Without it this has no effect.
    /// </summary>
    [Above(0)]
    public double TargetKl { get; init; } = 1;

    /// <summary>Whether token rewards are divided by their standard deviation over the step; their mean stays.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>Whether advantages are brought to mean 0 and standard deviation 1 over the response tokens of the step.</summary>
    public bool WhitenAdvantages { get; init; } = true;

    /// <summary>How the policy is held near the reference.</summary>
    public KlSettings Kl { get; init; } = new();

    /// <summary>Scale of fresh value heads.</summary>
    public ValueHeadStart ValueHead { get; init; } = ValueHeadStart.Uniform;

    internal override int ResponsesPerPrompt => 1;

    internal override int UpdateEpochs => PpoEpochs;

    internal override PolicyMethod Method() => new PpoMethod(this);

    internal override void Check()
    {
        base.Check();
        Kl.RequireFitting();

        TensorChecks.Between(Gamma, 0, 1, nameof(Gamma));
        TensorChecks.Between(Lambda, 0, 1, nameof(Lambda));
        TensorChecks.Between(PolicyClip, 0, 1, nameof(PolicyClip));
        TensorChecks.NotNegative(ValueClip, nameof(ValueClip));
        TensorChecks.NotNegative(ValueCoefficient, nameof(ValueCoefficient));
        TensorChecks.Positive(RatioThreshold, nameof(RatioThreshold));
        TensorChecks.Positive(TargetKl, nameof(TargetKl));
    }
}

/// <summary>How the policy is held near the reference.</summary>
public sealed record KlSettings : ICheckedSettings
{
    /// <summary>The penalty of a token. Penalty, report and controller share this one estimator.</summary>
    public KlPenalty Penalty { get; init; } = KlPenalty.LogRatio;

    /// <summary>The coefficient at the start; not negative.</summary>
    [AtLeast(0)]
    public double Coefficient { get; init; } = 0.2;

    /// <summary>Whether the coefficient follows <see cref="Target"/>; otherwise it stays.</summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>The KL to hold, in nats a response.</summary>
    [Above(0)]
    public double Target { get; init; } = 6;

    /// <summary>Responses over which an error takes full effect.</summary>
    [Above(0)]
    public double Horizon { get; init; } = 10_000;

    string? ICheckedSettings.Problem
    {
        get
        {
            var plain = new KlSettings();
            var unused = Adaptive ? null : Target != plain.Target ? "target" : Horizon != plain.Horizon ? "horizon" : null;
            return unused is null ? null : $"kl.{unused} belongs to adaptive: true; leave it out";
        }
    }

    internal KlController Controller(double? coefficient = null) => Adaptive
        ? new AdaptiveKlController(coefficient ?? Coefficient, Target, Horizon)
        : new FixedKlController(coefficient ?? Coefficient);
}

/// <summary>What GRPO and RLOO say alike. Names and defaults are those of TRL's GRPOConfig and RLOOConfig; what they call
/// <c>reward_clip_range: [-x, x]</c> is <c>score_clip: x</c>.</summary>
public abstract record GroupSettings : PolicyGradientSettings
{
    /// <summary>Responses to each prompt, which are compared with each other. <c>batch_size</c> counts responses and must be a multiple of
    /// it.</summary>
    [AtLeast(2)]
    public int NumGenerations { get; init; } = 8;

    /// <summary>Passes over the responses of a step, each in an order of its own (mu in DeepSeekMath).</summary>
    [AtLeast(1)]
    public int NumIterations { get; init; } = 1;

    /// <summary>How far the probability ratio may be below 1, and above it unless <see cref="EpsilonHigh"/> says otherwise.</summary>
    [Within(0, 1, AboveMinimum = true)]
    public double Epsilon { get; init; } = 0.2;

    /// <summary>How far the probability ratio may be above 1; null for <see cref="Epsilon"/>. DAPO recommends 0.28.</summary>
    [Above(0, Instead = "leave the key out for the same as epsilon")]
    public double? EpsilonHigh { get; init; }

    /// <summary>Weight of the KL to the reference. At 0 the reference is still measured, for <c>kl/mean</c>.</summary>
    [AtLeast(0)]
    public double Beta { get; init; }

    /// <summary>Whether responses that were cut at <c>max_new_tokens</c> are left out of the loss (and of the KL). They still count for the
    /// advantages of their group.</summary>
    public bool MaskTruncatedCompletions { get; init; }

    internal override int ResponsesPerPrompt => NumGenerations;

    internal override int UpdateEpochs => NumIterations;

    internal ClipRange PolicyClip => new(Epsilon, EpsilonHigh ?? Epsilon);

    internal override string? Problem => BatchSize % NumGenerations != 0
        ? Invariant($"num_generations is {NumGenerations}, of which the batch_size {BatchSize} is no multiple")
        : base.Problem;

    internal override void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(NumGenerations, 2);
        base.Check();
        TensorChecks.NotNegative(Beta, nameof(Beta));
        PolicyClip.Check();
    }
}

/// <summary>The numbers of GRPO (DeepSeekMath, 2402.03300). Defaults are those of TRL's GRPOConfig.</summary>
public sealed record GrpoSettings : GroupSettings
{
    /// <summary>What the advantages r - group mean are divided by.</summary>
    public RewardScale ScaleRewards { get; init; } = RewardScale.Group;

    /// <summary>What the token losses are divided by.</summary>
    public GrpoLossType LossType { get; init; } = GrpoLossType.Dapo;

    internal override PolicyMethod Method() => new GrpoMethod(this);
}

/// <summary>The numbers of RLOO (2402.14740). Defaults are those of TRL's RLOOConfig.</summary>
public sealed record RlooSettings : GroupSettings
{
    /// <summary>Settings with the defaults of RLOO: two responses to a prompt and a beta of 0.05.</summary>
    public RlooSettings() => (NumGenerations, Beta) = (2, 0.05);

    /// <summary>Whether the advantages of a step are brought to mean 0 and standard deviation 1.</summary>
    public bool NormalizeAdvantages { get; init; }

    internal override PolicyMethod Method() => new RlooMethod(this);
}

/// <summary>What the advantages of GRPO are divided by, 1e-4 being added to a deviation; deviations have the divisor n - 1.</summary>
public enum RewardScale
{
    /// <summary>The standard deviation of the rewards of the group.</summary>
    Group,

    /// <summary>The standard deviation of the rewards of the step.</summary>
    Batch,

    /// <summary>Nothing (Dr. GRPO).</summary>
    None,
}
