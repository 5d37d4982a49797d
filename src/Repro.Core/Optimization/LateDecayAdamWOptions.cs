using TorchSharp.Modules;

namespace Repro.Core.Optimization;

/// <summary>Hyperparameters of a parameter group of <see cref="LateDecayAdamW"/>.</summary>
public sealed class LateDecayAdamWOptions : OptimizerOptions
{
    /// <summary>Decay of the running mean of the gradient, from 0 to below 1.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the running mean of its square, from 0 to below 1.</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the running square before the bias correction, not negative.</summary>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>Share of the parameter, times the learning rate, that is taken off after the update; not negative.</summary>
    public double WeightDecay { get; set; }

    /// <summary>Whether the running means are corrected for having started from 0.</summary>
    public bool CorrectBias { get; set; } = true;

    /// <inheritdoc/>
    public override void SaveStateDict(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        base.SaveStateDict(writer);
        writer.Write(Beta1);
        writer.Write(Beta2);
        writer.Write(Epsilon);
        writer.Write(WeightDecay);
        writer.Write(CorrectBias);
    }

    /// <inheritdoc/>
    public override void LoadStateDict(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        base.LoadStateDict(reader);
        Beta1 = reader.ReadDouble();
        Beta2 = reader.ReadDouble();
        Epsilon = reader.ReadDouble();
        WeightDecay = reader.ReadDouble();
        CorrectBias = reader.ReadBoolean();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The options are another optimiser's.</exception>
    public override void LoadStateDict(OptimizerOptions source)
    {
        var other = source as LateDecayAdamWOptions
            ?? throw new ArgumentException($"options of {nameof(LateDecayAdamW)} are expected, got {source?.GetType().Name}.", nameof(source));
        base.LoadStateDict(source);
        (Beta1, Beta2, Epsilon, WeightDecay, CorrectBias) = (other.Beta1, other.Beta2, other.Epsilon, other.WeightDecay, other.CorrectBias);
    }
}
