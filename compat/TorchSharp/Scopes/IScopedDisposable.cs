namespace TorchSharp;

/// <summary>A disposable that knows which scope will dispose it.</summary>
internal interface IScopedDisposable : IDisposable
{
    DisposeScope? OwningScope { get; set; }

    bool IsInvalid { get; }

    /// <summary>The counters of the calling thread for this kind of object.</summary>
    LifetimeStatistics StatisticsOf(ThreadDisposeScopeStatistics thread);
}
