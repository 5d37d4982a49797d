using Repro.Core.Hardware;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Shared.Vectors;

/// <summary>Compares computed outputs with those of a case: every expected output must have been computed, and nothing else.</summary>
internal static class VectorComparison
{
    public const double Relative = 2e-5;

    public const double Absolute = 2e-7;

    /// <summary>
    /// What float32 on another device may differ by besides: sums are taken in another order, and whitening takes the difference of values
    /// and a mean that may be a hundred times their deviation.
    /// </summary>
    public const double DeviceNoise = 2e-5;

    /// <summary>
    /// How near a short training run comes to its peer's: 1e-4 on the peers' own LibTorch, 1.13 on the CPU. Elsewhere sums are taken in
    /// another order, and the first steps of Adam, which go by the sign of a gradient whatever its size, make 1.6e-4 of a last digit.
    /// </summary>
    /// <param name="device">Where the run takes place.</param>
    public static double RunBound(Device device) =>
        device.type == DeviceType.CPU && __version__.StartsWith("1.13.", StringComparison.Ordinal) ? 1e-4 : 5e-4;

    /// <summary>Throws with every value that is off.</summary>
    /// <param name="vector">The case.</param>
    /// <param name="computed">Outputs by name.</param>
    /// <param name="single">Whether they come from float32: then the loss of digits that the case records is allowed for.</param>
    /// <param name="elsewhere">Whether they come from another device than the CPU.</param>
    public static void Check(VectorCase vector, IReadOnlyDictionary<string, double[]> computed, bool single, bool elsewhere = false)
    {
        var expected = vector.Expected();
        var noise = vector.Noise();
        var wrong = new List<string>();
        wrong.AddRange(expected.Keys.Except(computed.Keys).Select(name => $"{name} was not computed"));
        wrong.AddRange(computed.Keys.Except(expected.Keys).Select(name => $"{name} is not expected"));
        foreach (var name in expected.Keys.Intersect(computed.Keys))
        {
            var (wanted, found) = (expected[name], computed[name]);
            if (wanted.Length != found.Length)
            {
                wrong.Add($"{name} has {found.Length} values instead of {wanted.Length}");
                continue;
            }

            for (var i = 0; i < wanted.Length; i++)
            {
                var allowed = Absolute + (Relative * Math.Abs(wanted[i]))
                    + (single ? (2 * noise[name][i]) + (elsewhere ? DeviceNoise : 0) : 0);
                if (!(wanted[i].Equals(found[i]) || Math.Abs(wanted[i] - found[i]) <= allowed))
                {
                    wrong.Add(Invariant($"{name}[{i}] is {found[i]:R}, expected {wanted[i]:R}"));
                }
            }
        }

        if (wrong.Count > 0)
        {
            throw new Xunit.Sdk.XunitException(
                $"{vector.File}, case {vector.Id}, {(single ? "float32" : "float64")}:{Environment.NewLine}  "
                    + $"{string.Join(Environment.NewLine + "  ", wrong.Take(20))}");
        }
    }

    /// <summary>All elements as doubles, whatever the dtype; the tensor stays.</summary>
    public static double[] Doubles(Tensor tensor)
    {
        using var local = tensor.detach().cpu();
        using var wide = local.to_type(ScalarType.Float64, copy: true);
        using var flat = wide.contiguous();
        return flat.data<double>().ToArray();
    }
}
