namespace TorchSharp;

/// <summary>The stack of open scopes of one thread, and its counters.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? t_current;

    /// <summary>The counters of the calling thread.</summary>
    public static ThreadDisposeScopeStatistics Statistics => Current.Counters;

    internal static DisposeScopeManager Current => t_current ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics Counters { get; } = new();

    /// <summary>The innermost open scope, or null.</summary>
    internal DisposeScope? Innermost { get; private set; }

    internal DisposeScope Open() => Innermost = new DisposeScope(this, Innermost);

    /// <summary>Takes <paramref name="scope"/> off the stack. Scopes opened inside it and never closed go with it.</summary>
    internal void Close(DisposeScope scope)
    {
        for (var open = Innermost; open is not null; open = open.Outer)
        {
            if (ReferenceEquals(open, scope))
            {
                Innermost = scope.Outer;
                return;
            }
        }
    }

    /// <summary>Counts a new object and gives it to the innermost scope, if one is open.</summary>
    internal DisposeScope? Register(IScopedDisposable disposable)
    {
        var statistics = disposable.StatisticsOf(Counters);
        var scope = Innermost;
        if (scope is null)
        {
            statistics.CreatedOutsideScopeCount++;
            return null;
        }

        statistics.CreatedInScopeCount++;
        scope.Add(disposable);
        return scope;
    }
}
