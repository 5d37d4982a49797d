namespace TorchSharp.Interop;

/// <summary>
/// The garbage collector sees a tensor as a small object, whatever it holds natively. Native code counts the bytes and
/// asks for a collection each time they grew by 64 MB or an eighth, so that tensors that nobody disposed are finalized in time.
/// </summary>
internal static class NativeMemoryPressure
{
    private const long ReclaimExpected = 32L << 20;
    private static int s_generation;

    /// <summary>Collects the youngest generation, and older ones when that frees little: leaked tensors may have aged.</summary>
    public static void Collect()
    {
        var before = NativeMethods.repro_live_bytes();
        var generation = Volatile.Read(ref s_generation);
        GC.Collect(generation);
        GC.WaitForPendingFinalizers();
        var reclaimed = before - NativeMethods.repro_live_bytes();
        Volatile.Write(ref s_generation, reclaimed >= ReclaimExpected ? 0 : Math.Min(generation + 1, GC.MaxGeneration));
        NativeMethods.repro_collection_done();
    }
}
