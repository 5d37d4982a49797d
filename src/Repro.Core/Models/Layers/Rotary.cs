using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>Rotary positions with the halves of a head side by side (not interleaved).</summary>
internal static class Rotary
{
    /// <summary>
    /// Cosines and sines [batch, 1, count, size] of positions [batch, count]; the sines of the first half are negated, because what turns it is subtracted.
    /// </summary>
    internal static (Tensor Cosines, Tensor Sines) Tables(ModelConfig config, Tensor positions, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        // In single precision at least, as the peers do: half precision cannot tell distant positions apart.
        var wide = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var frequencies = tensor(Frequencies(config), dtype: wide, device: positions.device);
        var angles = positions.to(wide).unsqueeze(-1).mul(frequencies);
        var (cosines, sines) = (angles.cos(), angles.sin());
        return (
            cat([cosines, cosines], -1).unsqueeze(1).to(dtype).MoveToOuterDisposeScope(),
            cat([-sines, sines], -1).unsqueeze(1).to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns heads [batch, heads, count, size] by tables of <see cref="Tables"/>.</summary>
    internal static Tensor Turn(Tensor x, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        return (x * cosines).addcmul(x.roll(x.shape[3] / 2, 3), sines, 1).MoveToOuterDisposeScope();
    }

    private static double[] Frequencies(ModelConfig config)
    {
        var frequencies = new double[config.HeadSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Stretch(Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize), config.RopeScaling);
        }

        return frequencies;
    }

    private static double Stretch(double frequency, RopeScaling? scaling)
    {
        if (scaling is not { LowFrequencyFactor: { } low, HighFrequencyFactor: { } high, OriginalPositions: { } original })
        {
            return scaling is null ? frequency : frequency / scaling.Factor;
        }

        // Periods within the original context: many keep their frequency, few are stretched, the range between is blended.
        var periods = original * frequency / (2 * Math.PI);
        var kept = Math.Clamp((periods - low) / (high - low), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / scaling.Factor);
    }
}
