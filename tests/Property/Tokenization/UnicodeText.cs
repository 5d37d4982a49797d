using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Repro.Tests.Property.Tokenization;

/// <summary>Arbitrary Unicode text without unpaired surrogates, with what tokenizers stumble over drawn more often.</summary>
public static class UnicodeText
{
    private static readonly string[] _awkward =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u0085", "\u2028", "'s", "'LL", "'\u017f", "the", " the", "12", "345",
        "e\u0301", "\u212b",
        "\u0344", "\uac01", "\u1100\u1161", "\u200d", "\ufe0f", "\ufffe", "\ufffd", "\0", "<s>", "<x>", "<|im_end|>", "\u2581",
        "\ud83d\ude00",
        "\ud842\udfb7", "\ud835\udfd8", "\ud801\udc34", "\ue000", "\u0915\u093c", "<0x0A>",
    ];

    private static readonly Gen<string> _codePoint =
        from codePoint in Gen.Choose(0, 0x10FFFF - 0x800)
        select new Rune(codePoint < 0xD800 ? codePoint : codePoint + 0x800).ToString();

    private static readonly Gen<string> _ascii = Gen.Choose(32, 126).Select(c => ((char)c).ToString());

    /// <summary>Texts of up to about 40 pieces; shrinks by leaving pieces out.</summary>
    public static Arbitrary<string> Texts() => Arb.From(
        from count in Gen.Choose(0, 40)
        from pieces in Gen.Frequency((4, Gen.Elements(_awkward)), (3, _ascii), (2, _codePoint)).ArrayOf(count)
        select string.Concat(pieces),
        Shrink);

    private static IEnumerable<string> Shrink(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        for (int size = runes.Length / 2; size >= 1; size /= 2)
        {
            for (int start = 0; start + size <= runes.Length; start += size)
            {
                yield return string.Concat(runes.Take(start).Concat(runes.Skip(start + size)));
            }
        }
    }
}
