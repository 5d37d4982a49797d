using System.Globalization;

namespace Repro.Core.Text.Unicode;

/// <summary>Canonical decomposition, composition and combining classes as look-up tables, Hangul by arithmetic.</summary>
internal sealed class CanonicalTables
{
    private const int HangulSyllables = 0xAC00;
    private const int HangulLead = 0x1100;
    private const int HangulVowel = 0x1161;
    private const int HangulTrail = 0x11A7;
    private const int HangulVowels = 21;
    private const int HangulTrails = 28;
    private const int HangulCount = 11172;

    private static readonly Lazy<CanonicalTables> _instance = new(() => new CanonicalTables());

    private readonly Dictionary<int, (int First, int Second)> _decompositions = [];
    private readonly Dictionary<long, int> _compositions = [];
    private readonly Dictionary<int, byte> _classes = [];

    private CanonicalTables()
    {
        foreach ((int codePoint, string entry) in Runs(CanonicalData.Pairs))
        {
            bool excluded = entry.EndsWith('!');
            string[] parts = entry.TrimEnd('!').Split('+');
            (int First, int Second) pair = (Hex(parts[0]), Hex(parts[1]));
            _decompositions.Add(codePoint, pair);
            if (!excluded)
            {
                _compositions.Add(Key(pair.First, pair.Second), codePoint);
            }
        }

        foreach ((int codePoint, string entry) in Runs(CanonicalData.Singletons))
        {
            _decompositions.Add(codePoint, (Hex(entry), 0));
        }

        foreach (string range in CanonicalData.CombiningClasses.Split(' '))
        {
            int colon = range.IndexOf(':');
            string[] bounds = range[..colon].Split('-');
            for (int codePoint = Hex(bounds[0]); codePoint <= Hex(bounds[^1]); codePoint++)
            {
                _classes.Add(codePoint, byte.Parse(range.AsSpan(colon + 1)));
            }
        }
    }

    /// <summary>The tables, built on first use.</summary>
    public static CanonicalTables Instance => _instance.Value;

    /// <summary>Canonical combining class, 0 for starters.</summary>
    public byte CombiningClass(int codePoint) => codePoint < 0x300 ? (byte)0 : _classes.GetValueOrDefault(codePoint);

    /// <summary>Appends the full canonical decomposition.</summary>
    public void Decompose(int codePoint, List<int> output)
    {
        int syllable = codePoint - HangulSyllables;
        if (syllable is >= 0 and < HangulCount)
        {
            output.Add(HangulLead + (syllable / (HangulVowels * HangulTrails)));
            output.Add(HangulVowel + (syllable / HangulTrails % HangulVowels));
            if (syllable % HangulTrails != 0)
            {
                output.Add(HangulTrail + (syllable % HangulTrails));
            }

            return;
        }

        if (!_decompositions.TryGetValue(codePoint, out (int First, int Second) pair))
        {
            output.Add(codePoint);
            return;
        }

        Decompose(pair.First, output);
        if (pair.Second != 0)
        {
            Decompose(pair.Second, output);
        }
    }

    /// <summary>The primary composite of two characters, or -1.</summary>
    public int Compose(int first, int second)
    {
        int lead = first - HangulLead;
        int vowel = second - HangulVowel;
        if (lead is >= 0 and < 19 && vowel is >= 0 and < HangulVowels)
        {
            return HangulSyllables + (((lead * HangulVowels) + vowel) * HangulTrails);
        }

        int syllable = first - HangulSyllables;
        int trail = second - HangulTrail;
        if (syllable is >= 0 and < HangulCount && syllable % HangulTrails == 0 && trail is > 0 and < HangulTrails)
        {
            return first + trail;
        }

        return _compositions.TryGetValue(Key(first, second), out int composite) ? composite : -1;
    }

    private static long Key(int first, int second) => ((long)first << 32) | (uint)second;

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber);

    private static IEnumerable<(int CodePoint, string Entry)> Runs(string data)
    {
        foreach (string run in data.Split(';'))
        {
            int colon = run.IndexOf(':');
            int codePoint = Hex(run[..colon]);
            foreach (string entry in run[(colon + 1)..].Split(' '))
            {
                yield return (codePoint++, entry);
            }
        }
    }
}
