using System.Numerics;
using System.Runtime.CompilerServices;

namespace Repro.Core.Text.Bpe;

/// <summary>Merges by rank: which pair of ids becomes which id. Of a pair listed twice the later rank counts.</summary>
internal sealed class MergeTable
{
    private readonly ulong[] _pairs;
    private readonly int[] _results;
    private readonly int[] _slots;
    private readonly int _shift;

    /// <summary>An empty table.</summary>
    /// <param name="count">Number of merges that will be added.</param>
    public MergeTable(int count)
    {
        _pairs = new ulong[count];
        _results = new int[count];
        _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)(count + (count / 2) + 2))];
        _shift = 64 - BitOperations.Log2((uint)_slots.Length);
    }

    /// <summary>Number of merges.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the merge of next rank.</summary>
    public void Add(int left, int right, int result)
    {
        ulong pair = Pair(left, right);
        int slot = Slot(pair);
        while (_slots[slot] != 0 && _pairs[_slots[slot] - 1] != pair)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _pairs[Count] = pair;
        _results[Count] = result;
        _slots[slot] = ++Count;
    }

    /// <summary>Rank of a pair, or <see cref="int.MaxValue"/> where it does not merge.</summary>
    public int RankOf(int left, int right)
    {
        ulong pair = Pair(left, right);
        for (int slot = Slot(pair); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            int entry = _slots[slot];
            if (entry == 0)
            {
                return int.MaxValue;
            }

            if (_pairs[entry - 1] == pair)
            {
                return entry - 1;
            }
        }
    }

    /// <summary>The id that the merge of a rank makes.</summary>
    public int ResultOf(int rank) => _results[rank];

    /// <summary>Both ids that the merge of a rank joins.</summary>
    public (int Left, int Right) PairOf(int rank) => ((int)(_pairs[rank] >> 32), (int)(uint)_pairs[rank]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(ulong pair) => (int)((pair * 0x9E3779B97F4A7C15UL) >> _shift);
}
