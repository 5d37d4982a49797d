using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Repro.Core.Randomness;

/// <summary>
/// The numbers of Python's <c>random.Random</c>: the Mersenne Twister MT19937, begun by <c>init_by_array</c> from the number of the seed.
/// The number of a text is its UTF-8 bytes followed by their SHA-512 (version 2 of <c>random.seed</c>). AlpacaEval decides with it which
/// answer a judge sees first, lm-eval which examples stand in a prompt.
/// </summary>
public sealed class PythonRandom
{
    private const int Size = 624;
    private const int Middle = 397;
    private const uint Upper = 0x80000000;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    /// <summary>Begins as <c>random.Random(seed)</c> does.</summary>
    /// <param name="seed">Any text; half of a surrogate pair is refused, as Python refuses it.</param>
    /// <exception cref="ArgumentException">The text has no UTF-8 form.</exception>
    public PythonRandom(string seed)
    {
        ArgumentNullException.ThrowIfNull(seed);
        var bytes = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(seed);
        Begin(Words([.. bytes, .. SHA512.HashData(bytes)]));
    }

    /// <summary>Begins as <c>random.Random(seed)</c> does for a number.</summary>
    /// <param name="seed">Any number; as in Python, a negative one gives what its absolute value gives.</param>
    public PythonRandom(long seed)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, seed < 0 ? (ulong)-(seed + 1) + 1 : (ulong)seed);
        Begin(Words(bytes));
    }

    /// <summary>The next number in [0, 1), from 53 bits: <c>random()</c>.</summary>
    public double NextDouble()
    {
        var high = NextWord() >> 5;
        var low = NextWord() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>One of the numbers below a count, each as likely: the place that <c>choices(population, k=1)</c> takes.</summary>
    /// <param name="count">Size of the population, at least 1.</param>
    public int Choice(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (int)Math.Floor(NextDouble() * count);
    }

    /// <summary>A number in [0, count), by rejection: <c>randrange(count)</c>.</summary>
    /// <param name="count">At least 1.</param>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var shift = BitOperations.LeadingZeroCount((uint)count);
        uint drawn;
        do
        {
            drawn = NextWord() >> shift;
        }
        while (drawn >= count);

        return (int)drawn;
    }

    /// <summary>Puts a list into a random order: <c>shuffle(list)</c>.</summary>
    /// <param name="list">Changed in place.</param>
    public void Shuffle<T>(IList<T> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        for (var i = list.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (list[i], list[j]) = (list[j], list[i]);
        }
    }

    /// <summary>Draws without replacement: <c>sample(population, count)</c>.</summary>
    /// <param name="population">Where to draw from.</param>
    /// <param name="count">From 0 to the size of the population.</param>
    /// <returns>The drawn ones in the order of the draws.</returns>
    public IReadOnlyList<T> Sample<T>(IReadOnlyList<T> population, int count)
    {
        ArgumentNullException.ThrowIfNull(population);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population.Count);

        // Python draws from a shrinking pool where that takes less room than a set of the places taken, and the two give other draws.
        var sizeOfSet = 21 + (count > 5 ? (int)Math.Pow(4, Math.Ceiling(Math.Log(count * 3, 4))) : 0);
        return population.Count <= sizeOfSet ? FromPool([.. population], count) : FromPlaces(population, count);
    }

    private T[] FromPool<T>(T[] pool, int count)
    {
        var drawn = new T[count];
        for (var i = 0; i < count; i++)
        {
            var j = Below(pool.Length - i);
            drawn[i] = pool[j];
            pool[j] = pool[pool.Length - i - 1];
        }

        return drawn;
    }

    private T[] FromPlaces<T>(IReadOnlyList<T> population, int count)
    {
        var taken = new HashSet<int>();
        var drawn = new T[count];
        for (var i = 0; i < count; i++)
        {
            int j;
            do
            {
                j = Below(population.Count);
            }
            while (!taken.Add(j));

            drawn[i] = population[j];
        }

        return drawn;
    }

    // The number that the bytes spell from the most significant on, as 32-bit words from the least significant on.
    private static uint[] Words(byte[] bigEndian)
    {
        var padded = new byte[(bigEndian.Length + 3) / 4 * 4];
        bigEndian.CopyTo(padded, padded.Length - bigEndian.Length);
        var words = Enumerable.Range(0, padded.Length / 4)
            .Select(i => BinaryPrimitives.ReadUInt32BigEndian(padded.AsSpan(padded.Length - (4 * (i + 1))))).ToList();
        while (words.Count > 1 && words[^1] == 0)
        {
            words.RemoveAt(words.Count - 1);
        }

        return [.. words];
    }

    private void Begin(uint[] key)
    {
        _state[0] = 19650218;
        for (var n = 1; n < Size; n++)
        {
            _state[n] = (1812433253 * (_state[n - 1] ^ (_state[n - 1] >> 30))) + (uint)n;
        }

        var (i, j) = (1, 0);
        for (var k = Math.Max(Size, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            i = Following(i);
            j = (j + 1) % key.Length;
        }

        for (var k = Size - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i = Following(i);
        }

        _state[0] = Upper;
    }

    // After the last word its value goes over to the first.
    private int Following(int i)
    {
        if (i + 1 < Size)
        {
            return i + 1;
        }

        _state[0] = _state[Size - 1];
        return 1;
    }

    private uint NextWord()
    {
        if (_next == Size)
        {
            Twist();
            _next = 0;
        }

        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (var n = 0; n < Size; n++)
        {
            var y = (_state[n] & Upper) | (_state[(n + 1) % Size] & ~Upper);
            _state[n] = _state[(n + Middle) % Size] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
    }
}
