using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Turns a native status into an exception.</summary>
internal static class NativeError
{
    /// <summary>Throws when <paramref name="status"/> is negative.</summary>
    /// <exception cref="ExternalException">The call failed; the message is the first line of LibTorch's.</exception>
    public static int ThrowIfFailed(int status)
    {
        if (status < 0)
        {
            Throw();
        }

        return status;
    }

    [DoesNotReturn]
    private static void Throw()
    {
        var text = Marshal.PtrToStringUTF8(NativeMethods.repro_last_error()) ?? "";
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        throw new ExternalException(end < 0 ? text : text[..end]);
    }
}
