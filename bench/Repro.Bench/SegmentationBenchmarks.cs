using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Randomness;

namespace Repro.Bench;

/// <summary>
/// Optimal penalised segmentation of a million token rewards (ADR Eq. 12), on one thread. There is no Python twin. The work depends on the
/// rewards: noise leaves few starts of the current segment possible, a ramp or a bowl without any noise nearly all of them.
/// </summary>
internal static class SegmentationBenchmarks
{
    private const int Tokens = 1_000_000;

    public static IEnumerable<Benchmark> All =>
    [
        Of("noise", 0.5, (_, random) => random.NextDouble()),
        Of("walk", 20, Walk()),
        Of("noisy_ramp", 20, (x, random) => x + (1e-4 * random.NextDouble())),
        Of("wave", 20, (x, _) => Math.Sin(20 * x)),
        Of("ramp", 20, (x, _) => x),
        Of("ramp_long", 1000, (x, _) => x),
        Of("bowl", 20, (x, _) => (x - 0.5) * (x - 0.5)),
    ];

    private static Benchmark Of(
        string shape, double penalty, Func<double, Xoshiro256, double> reward) => new($"segment_{shape}", 1, false, () =>
    {
        var random = new Xoshiro256(1);
        var rewards = new double[Tokens];
        for (var i = 0; i < rewards.Length; i++)
        {
            rewards[i] = reward((double)i / Tokens, random);
        }

        return () => OptimalSegmentation.Penalised(rewards, penalty);
    })
        { TimedRuns = 3 };

    private static Func<double, Xoshiro256, double> Walk()
    {
        var level = 0.0;
        return (_, random) => level += random.NextDouble() - 0.5;
    }
}
