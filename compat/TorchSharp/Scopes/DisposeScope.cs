namespace TorchSharp;

/// <summary>
/// Disposes the tensors that were created on this thread while it was the innermost open scope, except those moved or detached.
/// </summary>
public sealed partial class DisposeScope : IDisposable
{
    private readonly DisposeScopeManager _manager;
    private HashSet<IDisposable> _disposables = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer)
    {
        _manager = manager;
        Outer = outer;
    }

    /// <summary>The number of objects that the scope would dispose now.</summary>
    public int DisposablesCount => _disposables.Count;

    /// <summary>A copy of the list of objects in the scope.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. _disposables];

    internal DisposeScope? Outer { get; }

    public bool Contains(IDisposable disposable) => _disposables.Contains(disposable);

    /// <summary>Disposes everything in the scope and closes it.</summary>
    public void Dispose()
    {
        DisposeEverything();
        _manager.Close(this);
    }

    /// <summary>Gives an object to this scope, taking it from the scope it was in.</summary>
    public void Attach(IDisposable disposable)
    {
        ArgumentNullException.ThrowIfNull(disposable);
        if (disposable is IScopedDisposable scoped)
        {
            if (ReferenceEquals(scoped.OwningScope, this))
            {
                return;
            }

            scoped.OwningScope?._disposables.Remove(disposable);
            scoped.OwningScope = this;
            scoped.StatisticsOf(_manager.Counters).AttachedToScopeCount++;
        }

        _disposables.Add(disposable);
    }

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var attached = disposables.ToList();
        attached.ForEach(Attach);
        return attached;
    }

    /// <summary>Disposes everything in the scope, which stays open.</summary>
    public void DisposeEverything() => DisposeEverythingBut((IEnumerable<IDisposable>)[]);

    /// <summary>Disposes everything in the scope except <paramref name="inKeep"/>, which stays in it.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        var all = _disposables;
        keep.IntersectWith(all);
        _disposables = keep;
        foreach (var disposable in all)
        {
            if (!keep.Contains(disposable))
            {
                disposable.Dispose();
            }
        }
    }

    /// <summary>Tells the scope that a member was disposed by other means.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        _disposables.Remove(disposable);
        if (disposable is IScopedDisposable scoped)
        {
            scoped.OwningScope = null;
            scoped.StatisticsOf(_manager.Counters).DisposedInScopeCount++;
        }
    }

    /// <summary>Takes members out of this scope and of every other: they are the caller's to dispose.</summary>
    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
        {
            if (_disposables.Remove(disposable) && disposable is IScopedDisposable scoped)
            {
                scoped.OwningScope = null;
                scoped.StatisticsOf(_manager.Counters).DetachedFromScopeCount++;
            }
        }
    }

    /// <summary>Moves members to another scope; without one they are detached.</summary>
    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        if (scope is null)
        {
            Detach(disposables);
            return;
        }

        foreach (var disposable in disposables)
        {
            if (_disposables.Remove(disposable))
            {
                scope.Add(disposable);
                if (disposable is IScopedDisposable scoped)
                {
                    scoped.OwningScope = scope;
                }
            }
        }
    }

    /// <summary>Moves members to the scope around this one; the outermost scope detaches them.</summary>
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(Outer, disposables);

    internal void Add(IDisposable disposable) => _disposables.Add(disposable);
}
