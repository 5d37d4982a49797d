namespace Repro.Core.Optimization;

/// <summary>How parameters move.</summary>
public sealed record OptimizerSettings
{
    /// <summary>The update rule.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    /// <summary>The largest learning rate of the schedule.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Decay of the mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay of matrices; biases and norms have none unless <see cref="DecayEverything"/> says so.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether vectors decay too.</summary>
    public bool DecayEverything { get; init; }

    /// <summary>Largest norm of the gradient over all parameters; null for no clipping.</summary>
    public double? MaximumGradientNorm { get; init; }
}
