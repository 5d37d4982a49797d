using System.Runtime.CompilerServices;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Compat.Engine;

/// <summary>The counter of native bytes, which the garbage collector does not see.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class NativeBytesTests
{
    [Fact]
    public void TenThousandAddsLeaveTheBytesFlat()
    {
        using var left = ones(64, 64);
        using var right = ones(64, 64);
        left.add(right).Dispose();
        var bytes = NativeMethods.repro_live_bytes();
        for (var i = 0; i < 10_000; i++)
        {
            left.add(right).Dispose();
        }

        NativeMethods.repro_live_bytes().Should().Be(bytes);
    }

    [Fact]
    public void AResultCountsItsBytesAndAViewCountsNone()
    {
        var before = NativeMethods.repro_live_bytes();
        using var whole = zeros(1000);
        NativeMethods.repro_live_bytes().Should().Be(before + 4000);
        using var part = whole[..10];
        NativeMethods.repro_live_bytes().Should().Be(before + 4000);
    }

    [Fact]
    public void TensorsNobodyDisposedAreFinalizedBeforeTheyFillTheMemory()
    {
        // 2000 results of 256 KB are 500 MB; a collection every 64 MB keeps far below that.
        PeakBytesOfUndisposedAdds(2000).Should().BeLessThan(300L << 20);
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    // Not inlined: the last result must not stay in a register or local of the test.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long PeakBytesOfUndisposedAdds(int count)
    {
        using var left = ones(256, 256);
        var peak = 0L;
        for (var i = 0; i < count; i++)
        {
            left.add(1);
            peak = Math.Max(peak, NativeMethods.repro_live_bytes());
        }

        return peak;
    }
}
