namespace Repro.Core.Chat.Jinja;

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class JinjaLoop(IEnumerator<object?> items) : IDisposable
{
    private readonly Queue<object?> _ahead = new();
    private object? _before;
    private object? _changed = new();

    internal object? Current { get; private set; }

    internal int Index { get; private set; } = -1;

    public void Dispose() => items.Dispose();

    internal bool Next()
    {
        var before = Current;
        if (_ahead.Count == 0 && !items.MoveNext())
        {
            return false;
        }

        Current = _ahead.Count > 0 ? _ahead.Dequeue() : items.Current;
        _before = before;
        Index++;
        return true;
    }

    internal object? Member(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "first" => Index == 0,
        "last" => !HasAhead(1),
        "length" => Length(),
        "revindex" => Length() - Index,
        "revindex0" => Length() - Index - 1,
        "previtem" => Index == 0 ? new JinjaUndefined("there is no previous item") : _before,
        "nextitem" => HasAhead(1) ? _ahead.Peek() : new JinjaUndefined("there is no next item"),
        "depth" => 1L,
        "depth0" => 0L,
        "cycle" or "changed" => new JinjaLoopMethod(this, name),
        _ => throw new JinjaRefusal($"'loop.{name}' is not supported"),
    };

    internal bool HasChanged(JinjaValues values, JinjaList value)
    {
        var changed = _changed is not JinjaList before || !values.Equal(before, value);
        _changed = value;
        return changed;
    }

    private bool HasAhead(int count)
    {
        while (_ahead.Count < count && items.MoveNext())
        {
            _ahead.Enqueue(items.Current);
        }

        return _ahead.Count >= count;
    }

    private long Length()
    {
        HasAhead(int.MaxValue);
        return Index + 1L + _ahead.Count;
    }
}

/// <summary><c>loop.cycle</c> and <c>loop.changed</c>.</summary>
internal sealed record JinjaLoopMethod(JinjaLoop Loop, string Name)
{
    internal object? Call(JinjaValues values, IReadOnlyList<object?> arguments) => Name == "changed"
        ? Loop.HasChanged(values, new JinjaList(arguments))
        : arguments.Count > 0 ? arguments[Loop.Index % arguments.Count] : throw new JinjaRefusal("loop.cycle() needs values");
}
