namespace Repro.Tests.Unit.Stress;

/// <summary>A thread that collects and runs finalizers all the time, as the threads of a busy program do now and then.</summary>
internal sealed class CollectingThread : IDisposable
{
    private const int FullCollectionEvery = 16;

    private readonly Thread _thread;
    private volatile bool _stop;

    internal CollectingThread()
    {
        _thread = new Thread(Collect) { IsBackground = true, Name = "collecting" };
        _thread.Start();
    }

    /// <summary>Collections so far.</summary>
    internal long Collections { get; private set; }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Collect()
    {
        for (; !_stop; Collections++)
        {
            GC.Collect(Collections % FullCollectionEvery == 0 ? GC.MaxGeneration : 0);
            GC.WaitForPendingFinalizers();
        }
    }
}
