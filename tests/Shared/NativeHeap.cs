using System.Runtime.InteropServices;
using Repro.Core.Hardware;

namespace Repro.Tests.Shared;

/// <summary>
/// Memory that native code of this process holds, LibTorch's tensors on the CPU included. The managed heap does not take part: the runtime
/// maps its own pages. Resident memory less the committed managed heap will not do in its place, since committed pages need not be
/// resident.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>Bytes that malloc has handed out and not got back, over all threads.</summary>
    public static long InUse
    {
        get
        {
            var info = Info();
            return (long)(info.InArenas + info.Mapped);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static partial MallInfo Info();

    // The field names of the C library are arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallInfo
    {
        public readonly nuint FromSystem;
        public readonly nuint FreeChunks;
        public readonly nuint FastChunks;
        public readonly nuint Mappings;
        public readonly nuint Mapped;
        public readonly nuint Unused;
        public readonly nuint InFastChunks;
        public readonly nuint InArenas;
        public readonly nuint Free;
        public readonly nuint Trimmable;
    }
}
