using System.Diagnostics;

namespace Repro.Tests.Unit.Stress;

/// <summary>A thread that collects and runs finalizers all the time, as the threads of a busy program do now and then.</summary>
internal sealed class CollectingThread : IDisposable
{
    private const int FullCollectionEvery = 16;

    // A collection stops the thread under test. In a process with much to collect, as that of all tests is, it would hardly come to run if
    // this one never rested: ppo took 43 s beside it instead of 2. So each burst is followed by a rest as long as itself.
    private const int BurstInMilliseconds = 2;

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
        var burst = Stopwatch.StartNew();
        for (; !_stop; Collections++)
        {
            GC.Collect(Collections % FullCollectionEvery == 0 ? GC.MaxGeneration : 0);
            GC.WaitForPendingFinalizers();
            if (burst.ElapsedMilliseconds >= BurstInMilliseconds)
            {
                Thread.Sleep(burst.Elapsed);
                burst.Restart();
            }
        }
    }
}
