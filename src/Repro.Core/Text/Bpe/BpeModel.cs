using System.Buffers;
using System.Text;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.Bpe;

/// <summary>Byte-pair encoding of single words, as bytes in the byte alphabet or as characters with byte fallback.</summary>
internal sealed class BpeModel
{
    private readonly int[] _byteIds = new int[256];
    private readonly WordCache _cache = new();

    /// <summary>A model.</summary>
    /// <param name="vocabulary">All tokens of the model.</param>
    /// <param name="merges">Merges by rank.</param>
    /// <param name="options">What else the file says.</param>
    /// <param name="byteLevel">Words are taken as bytes.</param>
    public BpeModel(TokenTable vocabulary, MergeTable merges, BpeModelOptions options, bool byteLevel)
    {
        Vocabulary = vocabulary;
        Merges = merges;
        Options = options;
        ByteLevel = byteLevel;
        UnknownId = options.UnknownToken != null && vocabulary.TryGetId(options.UnknownToken, out int unknown) ? unknown : -1;
        for (int value = 0; value < 256; value++)
        {
            string token = byteLevel ? ByteAlphabet.ToChar((byte)value).ToString() : $"<0x{value:X2}>";
            _byteIds[value] = vocabulary.TryGetId(token, out int id) ? id : -1;
        }
    }

    /// <summary>All tokens of the model.</summary>
    public TokenTable Vocabulary { get; }

    /// <summary>Merges by rank.</summary>
    public MergeTable Merges { get; }

    /// <summary>What else the file says.</summary>
    public BpeModelOptions Options { get; }

    /// <summary>Words are taken as bytes.</summary>
    public bool ByteLevel { get; }

    /// <summary>Id of the unknown token, or -1.</summary>
    public int UnknownId { get; }

    /// <summary>Appends the ids of a word.</summary>
    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        uint hash = WordCache.Hash(word);
        int[]? known = _cache.Find(word, hash);
        if (known == null)
        {
            int most = MostSymbols(word);
            int[] buffer = ArrayPool<int>.Shared.Rent(2 * most);
            Span<int> symbols = buffer.AsSpan(0, most);
            int count = Encode(word, symbols, buffer.AsSpan(most, most));
            known = symbols[..count].ToArray();
            ArrayPool<int>.Shared.Return(buffer);
            _cache.Keep(word, hash, known);
        }

        ids.AddRange(known.AsSpan());
    }

    /// <summary>Upper bound of the number of tokens of a word.</summary>
    public static int MostSymbols(ReadOnlySpan<char> word) => 3 * word.Length;

    /// <summary>The tokens of a word with the number of UTF-8 bytes that each stands for.</summary>
    /// <param name="word">A word without unpaired surrogates.</param>
    /// <param name="ids">Takes the ids, <see cref="MostSymbols"/> long.</param>
    /// <param name="lengths">Takes the numbers of bytes, as long.</param>
    /// <returns>Number of tokens.</returns>
    public int Encode(ReadOnlySpan<char> word, Span<int> ids, Span<int> lengths)
    {
        if (Options.IgnoreMerges && TryWhole(word, out int whole))
        {
            ids[0] = whole;
            lengths[0] = Encoding.UTF8.GetByteCount(word);
            return 1;
        }

        int count = ByteLevel ? ByteSymbols(word, ids) : CharacterSymbols(word, ids, lengths);
        if (ByteLevel)
        {
            lengths[..count].Fill(1);
        }

        return Merger.Merge(ids[..count], lengths[..count], Merges);
    }

    private bool TryWhole(ReadOnlySpan<char> word, out int id)
    {
        if (!ByteLevel)
        {
            return Vocabulary.TryGetId(word, out id);
        }

        id = -1;
        if (word.Length > Vocabulary.LongestToken)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[3 * Math.Min(word.Length, 128)];
        Span<char> mapped = stackalloc char[bytes.Length];
        if (3 * word.Length > bytes.Length)
        {
            bytes = new byte[3 * word.Length];
            mapped = new char[bytes.Length];
        }

        int count = Encoding.UTF8.GetBytes(word, bytes);
        for (int i = 0; i < count; i++)
        {
            mapped[i] = ByteAlphabet.ToChar(bytes[i]);
        }

        return Vocabulary.TryGetId(mapped[..count], out id);
    }

    // A byte that the vocabulary lacks becomes the unknown token, or nothing where there is none.
    private int ByteSymbols(ReadOnlySpan<char> word, Span<int> ids)
    {
        int most = 3 * word.Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(most);
        int bytes = Encoding.UTF8.GetBytes(word, rented);
        int count = 0;
        for (int i = 0; i < bytes; i++)
        {
            int id = _byteIds[rented[i]];
            id = id >= 0 ? id : UnknownId;
            if (id >= 0)
            {
                ids[count++] = id;
            }
        }

        ArrayPool<byte>.Shared.Return(rented);
        return count;
    }

    private int CharacterSymbols(ReadOnlySpan<char> word, Span<int> ids, Span<int> lengths)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = 0;
        bool afterUnknown = false;
        for (int i = 0; i < word.Length;)
        {
            int codePoint = CodePoints.At(word, i, out int units);
            ReadOnlySpan<char> character = word.Slice(i, units);
            int size = CodePoints.Utf8Length(codePoint);
            i += units;
            if (Vocabulary.TryGetId(character, out int id))
            {
                afterUnknown = false;
                ids[count] = id;
                lengths[count++] = size;
                continue;
            }

            Encoding.UTF8.GetBytes(character, bytes);
            if (Options.ByteFallback && HasAll(bytes[..size]))
            {
                afterUnknown = false;
                for (int k = 0; k < size; k++)
                {
                    ids[count] = _byteIds[bytes[k]];
                    lengths[count++] = 1;
                }
            }
            else if (afterUnknown && Options.FuseUnknown)
            {
                lengths[count - 1] += size;
            }
            else if (UnknownId >= 0)
            {
                afterUnknown = true;
                ids[count] = UnknownId;
                lengths[count++] = size;
            }
        }

        return count;
    }

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (_byteIds[value] < 0)
            {
                return false;
            }
        }

        return true;
    }
}
