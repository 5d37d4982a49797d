using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Loads the native library from beside the assembly, and says in one message what to do when that fails.</summary>
internal static class NativeLibraryLoader
{
    private const string FileName = "libreprotorch.so";

    // A module initializer rather than a static constructor: a failure to load must reach the caller as it is,
    // not wrapped in a TypeInitializationException. Nothing is loaded until the first native call.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver has to be in place before the first native call, whichever that is.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        return name == NativeMethods.Library ? Load(Path.Combine(Folder(assembly), FileName)) : 0;
    }

    /// <summary>Loads the library at <paramref name="file"/>.</summary>
    /// <exception cref="DllNotFoundException">The file is missing or cannot be loaded.</exception>
    internal static nint Load(string file)
    {
        if (!File.Exists(file))
        {
            throw new DllNotFoundException($"The native library '{file}' is missing. Run 'make setup' and build again; set LIBTORCH to build against another LibTorch.");
        }

        OpenBlasKernels.Choose();
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException($"The native library '{file}' cannot be loaded ({Reason(exception.Message)}). Run 'make setup' and build again; set LIBTORCH to build against another LibTorch.");
        }
    }

    private static string Folder(Assembly assembly)
    {
        var location = assembly.Location;
        return location.Length == 0 ? AppContext.BaseDirectory : Path.GetDirectoryName(location)!;
    }

    // The runtime's advice comes first, the dynamic linker's own words last.
    private static string Reason(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? text : lines[^1].TrimEnd('.', ':');
    }
}
