using System.Collections;
using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Parameters under the names "0", "1", and so on.</summary>
public class ParameterList : nn.Module, IList<Parameter>
{
    public ParameterList(params Parameter[] parameters)
        : base(nameof(ParameterList))
    {
        extend(parameters);
    }

    public int Count => _internal_params.Count;

    public bool IsReadOnly => false;

    public Parameter this[int index]
    {
        get => _internal_params[index].Item2;
        set => _internal_params[_internal_params[index].Item1] = value;
    }

    public void append(params Parameter[] parameters) => extend(parameters);

    public void extend(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (Parameter parameter in parameters)
        {
            Add(parameter);
        }
    }

    public void Add(Parameter item) => register_parameter(Count.ToString(CultureInfo.InvariantCulture), item);

    public void Insert(int index, Parameter item) => Change(list => list.Insert(index, item));

    public bool Remove(Parameter item)
    {
        int index = IndexOf(item);
        if (index >= 0)
        {
            RemoveAt(index);
        }

        return index >= 0;
    }

    public void RemoveAt(int index) => Change(list => list.RemoveAt(index));

    public void Clear() => _internal_params.Clear();

    public bool Contains(Parameter item) => IndexOf(item) >= 0;

    public int IndexOf(Parameter item) => _internal_params.values().ToList().FindIndex(own => ReferenceEquals(own, item));

    public void CopyTo(Parameter[] array, int arrayIndex) => _internal_params.values().ToList().CopyTo(array, arrayIndex);

    public IEnumerator<Parameter> GetEnumerator() => _internal_params.values().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Its parameters are registered as they come; there are no fields to look through.
    protected override void RegisterComponents()
    {
    }

    private void Change(Action<List<Parameter>> change)
    {
        List<Parameter> list = _internal_params.values().ToList();
        change(list);
        _internal_params.Clear();
        extend(list);
    }
}
