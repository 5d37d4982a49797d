namespace Repro.Core.Randomness;

/// <summary>SplitMix64: one small generator for each row, so that a row's draws depend on nothing else.</summary>
internal sealed class SequenceRandom(long seed)
{
    private ulong _state = unchecked((ulong)seed);

    internal static long Derive(long seed, long index) =>
        unchecked((long)(new SequenceRandom(seed).Next() ^ new SequenceRandom(~index).Next()));

    /// <summary>Uniform within [0, 1), 53 bits.</summary>
    internal double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    private ulong Next()
    {
        unchecked
        {
            var z = _state += 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
