using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TorchSharp.Utils;

/// <summary>A dictionary that keeps the order of insertion and can also be addressed by position.</summary>
public class OrderedDict<TKey, TValue> : IDictionary<TKey, TValue>, IList<(TKey, TValue)>
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> _dict = [];
    private readonly List<(TKey, TValue)> _list = [];

    /// <summary>Makes an empty dictionary.</summary>
    public OrderedDict()
    {
    }

    public ICollection<TKey> Keys => _list.ConvertAll(entry => entry.Item1);

    public ICollection<TValue> Values => _list.ConvertAll(entry => entry.Item2);

    public int Count => _list.Count;

    public bool IsReadOnly => false;

    /// <summary>The entry at a position; setting it may change the key of that position.</summary>
    /// <exception cref="ArgumentException">The new key belongs to another position.</exception>
    public (TKey, TValue) this[int index]
    {
        get => _list[index];
        set
        {
            TKey old = _list[index].Item1;
            if (!_dict.Comparer.Equals(old, value.Item1))
            {
                _dict.Add(value.Item1, value.Item2);
                _dict.Remove(old);
            }
            else
            {
                _dict[old] = value.Item2;
            }

            _list[index] = value;
        }
    }

    /// <summary>The value of a key; setting a known key keeps its position, an unknown one goes to the end.</summary>
    public TValue this[TKey key]
    {
        get => _dict[key];
        set
        {
            if (_dict.ContainsKey(key))
            {
                _dict[key] = value;
                _list[PositionOf(key)] = (key, value);
            }
            else
            {
                Add(key, value);
            }
        }
    }

    public IEnumerable<TKey> keys() => _list.Select(entry => entry.Item1);

    public IEnumerable<TValue> values() => _list.Select(entry => entry.Item2);

    public IEnumerator<(TKey, TValue)> items() => _list.GetEnumerator();

    public void Add(TKey key, TValue value)
    {
        _dict.Add(key, value);
        _list.Add((key, value));
    }

    public void Add((TKey, TValue) item) => Add(item.Item1, item.Item2);

    public void Add(KeyValuePair<TKey, TValue> item) => Add(item.Key, item.Value);

    public void Insert(int index, (TKey, TValue) item)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, _list.Count);
        _dict.Add(item.Item1, item.Item2);
        _list.Insert(index, item);
    }

    public void Clear()
    {
        _dict.Clear();
        _list.Clear();
    }

    public void clear() => Clear();

    public bool ContainsKey(TKey key) => _dict.ContainsKey(key);

    public bool Contains((TKey, TValue) item) => _list.Contains(item);

    public bool Contains(KeyValuePair<TKey, TValue> item) => _list.Contains((item.Key, item.Value));

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => _dict.TryGetValue(key, out value);

    public int IndexOf((TKey, TValue) item) => _list.IndexOf(item);

    public bool Remove(TKey key)
    {
        if (!_dict.Remove(key))
        {
            return false;
        }

        _list.RemoveAt(PositionOf(key));
        return true;
    }

    public bool Remove((TKey, TValue) item) => Contains(item) && Remove(item.Item1);

    public bool Remove(KeyValuePair<TKey, TValue> item) => Remove((item.Key, item.Value));

    public void RemoveAt(int index) => Remove(_list[index].Item1);

    public void CopyTo((TKey, TValue)[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

    public void CopyTo(KeyValuePair<TKey, TValue>[] array, int arrayIndex)
    {
        foreach ((TKey key, TValue value) in _list)
        {
            array[arrayIndex++] = new KeyValuePair<TKey, TValue>(key, value);
        }
    }

    public IEnumerator<(TKey, TValue)> GetEnumerator() => _list.GetEnumerator();

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator()
        => _list.Select(entry => new KeyValuePair<TKey, TValue>(entry.Item1, entry.Item2)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _list.GetEnumerator();

    private int PositionOf(TKey key) => _list.FindIndex(entry => _dict.Comparer.Equals(entry.Item1, key));
}
