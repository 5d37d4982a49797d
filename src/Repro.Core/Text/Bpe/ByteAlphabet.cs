namespace Repro.Core.Text.Bpe;

/// <summary>
/// The 256 characters by which byte-level tokenizers write bytes: printable Latin-1 bytes stand for themselves, the other 68 are
/// U+0100 and on, in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] _chars = CreateChars();
    private static readonly short[] _bytes = CreateBytes();

    /// <summary>The character of a byte.</summary>
    public static char ToChar(byte value) => _chars[value];

    /// <summary>The byte of a character, or -1 where it is not in the alphabet.</summary>
    public static int ToByte(char c) => c < _bytes.Length ? _bytes[c] : -1;

    private static char[] CreateChars()
    {
        var chars = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[value] = (char)(printable ? value : next++);
        }

        return chars;
    }

    private static short[] CreateBytes()
    {
        var bytes = new short[_chars.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
        {
            bytes[_chars[value]] = (short)value;
        }

        return bytes;
    }
}
