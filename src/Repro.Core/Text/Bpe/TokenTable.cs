using System.Numerics;

namespace Repro.Core.Text.Bpe;

/// <summary>Tokens and their ids in both directions, sized once; about 24 bytes an entry beside the strings.</summary>
internal sealed class TokenTable
{
    private readonly string?[] _tokens;
    private readonly int[] _slots;
    private readonly int _mask;

    /// <summary>An empty table.</summary>
    /// <param name="count">Number of tokens that will be added.</param>
    /// <param name="idLimit">All ids are below this.</param>
    public TokenTable(int count, int idLimit)
    {
        _tokens = new string?[idLimit];
        _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)(count + (count / 2) + 1))];
        _mask = _slots.Length - 1;
    }

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>One more than the highest possible id.</summary>
    public int IdLimit => _tokens.Length;

    /// <summary>Longest token in UTF-16 units.</summary>
    public int LongestToken { get; private set; }

    /// <summary>Adds a token; false where the token or its id is there already.</summary>
    public bool TryAdd(string token, int id)
    {
        if (_tokens[id] != null || TryGetId(token, out _))
        {
            return false;
        }

        int slot = string.GetHashCode(token.AsSpan()) & _mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & _mask;
        }

        _slots[slot] = id + 1;
        _tokens[id] = token;
        Count++;
        LongestToken = Math.Max(LongestToken, token.Length);
        return true;
    }

    /// <summary>Looks up a token.</summary>
    public bool TryGetId(ReadOnlySpan<char> token, out int id)
    {
        for (int slot = string.GetHashCode(token) & _mask; _slots[slot] != 0; slot = (slot + 1) & _mask)
        {
            id = _slots[slot] - 1;
            if (token.SequenceEqual(_tokens[id]))
            {
                return true;
            }
        }

        id = -1;
        return false;
    }

    /// <summary>The token of an id, or null where the id is unknown.</summary>
    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;
}
