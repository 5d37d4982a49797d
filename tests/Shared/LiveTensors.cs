using System.Reflection;
using TorchSharp;

namespace Repro.Tests.Shared;

/// <summary>How many tensors are alive.</summary>
internal static class LiveTensors
{
    // The package's own count takes the tensor that a parameter is made from for alive until the end of the process; its count for each thread is exact.
    private static readonly bool StandIn = typeof(LiveTensors).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Any(attribute => attribute is { Key: "Repro.StandIn", Value: "TorchSharp" });

    /// <summary>Of the process with the stand-in; with the package, made by the calling thread less disposed by it.</summary>
    public static long Count => StandIn ? torch.Tensor.TotalCount : DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    /// <summary>How many more or fewer there are than before. With the package a thread may dispose what another made: fewer says nothing there.</summary>
    public static long Left(long before) => StandIn ? Count - before : Math.Max(0, Count - before);
}
