namespace Repro.Core.Text.Bpe;

/// <summary>
/// Merged words by their text, at most <see cref="Capacity"/> of them and none longer than <see cref="LongestWord"/> units. Each word has
/// one place; a new one takes it from the old. Entries never change, so that threads may share the cache without locks.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Number of places.</summary>
    public const int Capacity = 1 << 15;

    /// <summary>Longer words are not kept.</summary>
    public const int LongestWord = 48;

    private Entry?[]? _entries;

    /// <summary>The ids of a word, or null where it is not there.</summary>
    public int[]? Find(ReadOnlySpan<char> word, uint hash)
    {
        Entry? entry = _entries?[hash & (Capacity - 1)];
        return entry != null && entry.Hash == hash && word.SequenceEqual(entry.Word) ? entry.Ids : null;
    }

    /// <summary>Keeps a word.</summary>
    public void Keep(ReadOnlySpan<char> word, uint hash, int[] ids)
    {
        if (word.Length <= LongestWord)
        {
            _entries ??= new Entry?[Capacity];
            _entries[hash & (Capacity - 1)] = new Entry(word.ToString(), hash, ids);
        }
    }

    /// <summary>Hash of a word; cheap, since words are short.</summary>
    public static uint Hash(ReadOnlySpan<char> word)
    {
        ulong hash = (ulong)word.Length * 0x9E3779B97F4A7C15UL;
        foreach (char c in word)
        {
            hash = (hash ^ c) * 0x9E3779B97F4A7C15UL;
        }

        return (uint)(hash >> 32);
    }

    private sealed record Entry(string Word, uint Hash, int[] Ids);
}
