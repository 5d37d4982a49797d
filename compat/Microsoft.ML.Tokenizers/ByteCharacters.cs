namespace Microsoft.ML.Tokenizers;

/// <summary>The characters by which byte-level vocabularies write bytes.</summary>
internal static class ByteCharacters
{
    private static readonly char[] _characters = Create();
    private static readonly Dictionary<char, byte> _bytes = _characters.Select((c, i) => (c, i)).ToDictionary(one => one.c, one => (byte)one.i);

    public static char Of(byte value) => _characters[value];

    public static bool TryByte(char c, out byte value) => _bytes.TryGetValue(c, out value);

    private static char[] Create()
    {
        var characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            characters[value] = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)value : (char)next++;
        }

        return characters;
    }
}
