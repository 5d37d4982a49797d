using TorchSharp;

namespace Repro.Tests.Shared;

/// <summary>
/// How many tensors the calling thread has made and not disposed. TorchSharp's count over all threads takes the tensor that a parameter is
/// made from for alive until the end of the process; that of a thread is exact.
/// </summary>
internal static class LiveTensors
{
    public static long Count => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    /// <summary>How many more there are than before. A thread may dispose what another made, so that fewer says nothing.</summary>
    public static long Left(long before) => Math.Max(0, Count - before);
}
