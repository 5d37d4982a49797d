using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules under names of your own, in order of insertion.</summary>
public class ModuleDict<T> : nn.Module, IDictionary<string, T>, IList<(string, T)>
    where T : nn.Module
{
    private readonly OrderedDict<string, T> _modules = new();

    public ModuleDict()
        : base("ModuleDict")
    {
    }

    public int Count => _modules.Count;

    public bool IsReadOnly => false;

    public ICollection<string> Keys => _modules.Keys;

    public ICollection<T> Values => _modules.Values;

    public T this[string key]
    {
        get => _modules[key];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _modules[key] = value;
            Register();
        }
    }

    public (string, T) this[int index]
    {
        get => _modules[index];
        set
        {
            _modules[index] = value;
            Register();
        }
    }

    public IEnumerator<(string, T)> items() => _modules.items();

    public IEnumerable<string> keys() => _modules.keys();

    public IEnumerable<T> values() => _modules.values();

    public void Add(string key, T value)
    {
        ArgumentNullException.ThrowIfNull(value);
        register_module(key, value);
        _modules.Add(key, value);
    }

    public void Add((string, T) item) => Add(item.Item1, item.Item2);

    public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

    public void Insert(int index, (string, T) item)
    {
        _modules.Insert(index, item);
        Register();
    }

    public bool Remove(string key)
    {
        bool found = _modules.Remove(key);
        Register();
        return found;
    }

    public bool Remove((string, T) item) => Contains(item) && Remove(item.Item1);

    public bool Remove(KeyValuePair<string, T> item) => Remove((item.Key, item.Value));

    public void RemoveAt(int index) => Remove(_modules[index].Item1);

    public void Clear()
    {
        _modules.Clear();
        ClearModules();
    }

    public void clear() => Clear();

    public bool ContainsKey(string key) => _modules.ContainsKey(key);

    public bool Contains((string, T) item) => _modules.Contains(item);

    public bool Contains(KeyValuePair<string, T> item) => _modules.Contains(item);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _modules.TryGetValue(key, out value);

    public int IndexOf((string, T) item) => _modules.IndexOf(item);

    public void CopyTo((string, T)[] array, int arrayIndex) => _modules.CopyTo(array, arrayIndex);

    public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) => _modules.CopyTo(array, arrayIndex);

    public IEnumerator<(string, T)> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator()
        => ((IEnumerable<KeyValuePair<string, T>>)_modules).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _modules.GetEnumerator();

    // Its modules are registered as they come; there are no fields to look through.
    protected override void RegisterComponents()
    {
    }

    private void Register()
    {
        ClearModules();
        foreach ((string key, T module) in _modules)
        {
            register_module(key, module);
        }
    }
}
