using System.Runtime.InteropServices;
using System.Text;
using Repro.Core.Hardware;

namespace Repro.Bench;

/// <summary>The library that LibTorch multiplies matrices with, as far as it says so itself.</summary>
internal static class LinearAlgebra
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void VersionText(byte[] buffer, int length);

    /// <summary>MKL's own name and version where it is part of LibTorch; otherwise that it is another one.</summary>
    public static string Name()
    {
        var library = OperatingSystem.IsWindows() ? "torch_cpu" : "libtorch_cpu.so";
        if (!NativeLibrary.TryLoad(library, out var handle)
            && !NativeLibrary.TryLoad(Path.Combine(LibTorch.Load().Folder ?? string.Empty, library), out handle))
        {
            return "unknown linear algebra";
        }

        if (!NativeLibrary.TryGetExport(handle, "MKL_Get_Version_String", out var export))
        {
            return "another linear algebra than MKL";
        }

        var buffer = new byte[200];
        Marshal.GetDelegateForFunctionPointer<VersionText>(export)(buffer, buffer.Length);
        return Encoding.ASCII.GetString(buffer).TrimEnd('\0', ' ');
    }
}
