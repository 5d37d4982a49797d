using System.Collections;

namespace Repro.Core.Training.Stages;

/// <summary>Rows that are made from records when they are asked for: nothing but the records is held.</summary>
/// <typeparam name="TFrom">Records.</typeparam>
/// <typeparam name="TTo">Rows.</typeparam>
internal sealed class LazyRows<TFrom, TTo>(IReadOnlyList<TFrom> records, Func<TFrom, TTo> make) : IReadOnlyList<TTo>
{
    public int Count => records.Count;

    public TTo this[int index] => make(records[index]);

    public IEnumerator<TTo> GetEnumerator() => records.Select(make).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
