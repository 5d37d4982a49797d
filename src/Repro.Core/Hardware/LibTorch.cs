using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;

namespace Repro.Core.Hardware;

/// <summary>
/// Loads LibTorch before TorchSharp first uses it: from the folder that <c>REPRO_LIBTORCH</c> names (such as <c>torch/lib</c> of a Python
/// installation), else from where NuGet unpacked it for the build of this library. Where neither is there, TorchSharp finds the libraries
/// that lie beside the program.
/// </summary>
/// <remarks>
/// Nothing needs to be called: the module initializer waits until the assembly TorchSharp is loaded. A program that wants a clear message
/// for a wrong folder calls <see cref="Load"/> itself, before its first tensor.
/// </remarks>
public static partial class LibTorch
{
    /// <summary>The environment variable that names another LibTorch.</summary>
    public const string FolderVariable = "REPRO_LIBTORCH";

    private const string MadeFor = "2.10";

    private static readonly Version _oldest = new(2, 6);

    private static readonly Lazy<LoadedLibTorch> _loaded = new(LoadOnce);
    private static readonly Lazy<bool> _isMissing = new(FindsNone);

    /// <summary>Whether no LibTorch is named, left by the build or beside the program, so that nothing can be computed.</summary>
    public static bool IsMissing => _isMissing.Value;

    /// <summary>Loads LibTorch, once in a process.</summary>
    /// <returns>What was loaded.</returns>
    /// <exception cref="ReproException"><c>REPRO_LIBTORCH</c> names no LibTorch or one that cannot work with TorchSharp.</exception>
    public static LoadedLibTorch Load() => _loaded.Value;

    /// <summary>Where the libraries lie in a folder that a user named: there, or in its folder <c>lib</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">What the user calls it, for messages.</param>
    /// <returns>The folder with the libraries, and the version of LibTorch where the folder tells.</returns>
    /// <exception cref="ReproException">There is no LibTorch, or one that cannot work with TorchSharp.</exception>
    public static LoadedLibTorch Find(string folder, string name)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var library = FileName("torch_cpu");
        var place = new[] { folder, Path.Combine(folder, "lib") }.FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, library)))
            ?? throw new ReproException(
                $"{name} names '{folder}', which has no LibTorch: {library} is missing there. Name the folder of the libraries, "
                    + "such as torch/lib of a Python installation.");
        var real = Path.GetFileName(File.ResolveLinkTarget(Path.Combine(place, library), returnFinalTarget: true)?.FullName ?? library);
        if (real != library)
        {
            throw new ReproException(
                $"{name} names '{folder}', whose libraries carry a version in their names ({real}), as those of Debian do. "
                    + "TorchSharp cannot be joined to them: name a LibTorch as PyTorch publishes it.");
        }

        var version = VersionOf(place);
        if (version is not null && Version.TryParse(version.Split('+', 'a', 'r')[0], out var number) && number < _oldest)
        {
            throw new ReproException(
                $"{name} names '{folder}', which is LibTorch {version}: TorchSharp is made for {MadeFor} and "
                    + $"works with {_oldest} or later.");
        }

        return new LoadedLibTorch(place, version);
    }

    // The runtime runs this before anything else of this assembly. The analyzer warns of initializers in libraries because they cost every
    // program that loads them: this one registers an event, and LibTorch itself is loaded with the first use of TorchSharp.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Watch()
    {
        if (AppDomain.CurrentDomain.GetAssemblies().Any(IsTorchSharp))
        {
            Load();
            return;
        }

        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => LoadFor(loaded.LoadedAssembly);
    }

    private static bool IsTorchSharp(Assembly assembly) => assembly.GetName().Name == nameof(TorchSharp);

    private static void LoadFor(Assembly assembly)
    {
        try
        {
            if (IsTorchSharp(assembly))
            {
                Load();
            }
        }
        catch (ReproException) when (IsMissing)
        {
            // A program may load TorchSharp and compute nothing; one that computes gets TorchSharp's own exception.
        }
        catch (ReproException failure)
        {
            // The runtime drops what is thrown here; TorchSharp fails next, and its own message is about something else.
            Console.Error.WriteLine($"error: {failure.Message}");
        }
    }

    private static LoadedLibTorch LoadOnce()
    {
        RefuseUnsafe(typeof(TorchSharp.Scalar));
        LetIdleThreadsSleep();
        KeepFreedMemory();
        var named = Environment.GetEnvironmentVariable(FolderVariable);
        LoadedLibTorch found;
        if (!string.IsNullOrWhiteSpace(named))
        {
            found = Find(Path.GetFullPath(named), FolderVariable);
        }
        else if (Recorded() is { } recorded)
        {
            found = new LoadedLibTorch(Path.GetFullPath(recorded), VersionOf(recorded));
        }
        else
        {
            return Beside();
        }

        // By full path and in the order of their needs: what is loaded already is taken by name, so that no other LibTorch of the system
        // comes in between.
        foreach (var library in new[] { "torch_global_deps", "c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch" })
        {
            var file = Path.Combine(found.Folder!, FileName(library));
            if (File.Exists(file))
            {
                LoadLibrary(file, file);
            }
        }

        // TorchSharp's own reaction to a library that does not load is to copy half a gigabyte and try again.
        LoadLibrary("LibTorchSharp", found.Folder!, typeof(TorchSharp.torch).Assembly);
        return found;
    }

    // Where TorchSharp finds nothing it copies half a gigabyte from the packages of this user and writes a trace of all that it tried.
    private static LoadedLibTorch Beside() => !IsMissing ? new LoadedLibTorch(null, null) : throw new ReproException(
        $"LibTorch is missing, or not one that TorchSharp can load: name its folder with {FolderVariable} (--libtorch of the program), "
        + "such as torch/lib of a Python installation.");

    // In the order in which TorchSharp looks.
    private static bool FindsNone()
    {
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(FolderVariable)) || Recorded() is not null)
        {
            return false;
        }

        var assembly = typeof(TorchSharp.Scalar).Assembly;
        return !NativeLibrary.TryLoad("torch_cpu", assembly, null, out _) || !NativeLibrary.TryLoad("LibTorchSharp", assembly, null, out _);
    }

    // The folder of the build, where it is still there.
    private static string? Recorded()
    {
        var attributes = typeof(LibTorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>();
        var folder = attributes.FirstOrDefault(attribute => attribute.Key == "Repro.LibTorch")?.Value;
        return folder is not null && File.Exists(Path.Combine(folder, FileName("torch_cpu"))) ? folder : null;
    }

    /// <summary>Lets TorchSharp fail now, without its trace, where LibTorch is missing; whatever uses it later fails at once with a
    /// <see cref="TypeInitializationException"/>. For programs of which only parts compute.</summary>
    public static void FailQuietlyWhereMissing()
    {
        if (!IsMissing)
        {
            return;
        }

        var (output, error) = (Console.Out, Console.Error);
        try
        {
            Console.SetOut(TextWriter.Null);
            Console.SetError(TextWriter.Null);
            RuntimeHelpers.RunClassConstructor(typeof(TorchSharp.torch).TypeHandle);
        }
        catch (TypeInitializationException)
        {
            // Whoever uses it next gets this exception.
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    /// <summary>
    /// Refuses a TorchSharp that frees numbers and tensors while native code works on them: the build mends each copy, see
    /// build/MendTorchSharp/HandleUsers.cs.
    /// </summary>
    /// <param name="scalar">The type <see cref="TorchSharp.Scalar"/> of the assembly in question.</param>
    /// <exception cref="ReproException">The assembly is as its package has it.</exception>
    internal static void RefuseUnsafe(Type scalar)
    {
        var method = scalar.GetProperty(nameof(TorchSharp.Scalar.Type))?.GetMethod;
        if (method?.MethodImplementationFlags.HasFlag(MethodImplAttributes.NoOptimization) != true)
        {
            throw new ReproException(
                $"'{scalar.Assembly.Location}' is as its package has it and may free a tensor while it is in use. "
                + "Import build/MendTorchSharp.targets of this project in the .csproj of the program and build again: it mends the copy.");
        }
    }

    private static void LoadLibrary(string library, string place, Assembly? from = null)
    {
        try
        {
            _ = from is null ? NativeLibrary.Load(library) : NativeLibrary.Load(library, from, null);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            // The loader's message has a line for each place where it looked; the one about a version or a symbol is the reason.
            var lines = failure.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var reason = lines.FirstOrDefault(
                line => line.Contains("undefined symbol", StringComparison.Ordinal) || line.Contains("version", StringComparison.Ordinal))
                ?? lines[0];
            throw new ReproException($"TorchSharp cannot work with the LibTorch in '{place}': {reason}");
        }
    }

    // PyTorch's wheel has version.py above lib, its archive build-version; NuGet's folder is named by the version of the package.
    private static string? VersionOf(string folder)
    {
        var above = Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder;
        var (python, archive) = (Path.Combine(above, "version.py"), Path.Combine(above, "build-version"));
        if (File.Exists(python))
        {
            return PythonVersion().Match(File.ReadAllText(python)) is { Success: true } match ? match.Groups[1].Value : null;
        }

        if (File.Exists(archive))
        {
            return File.ReadAllText(archive).Trim();
        }

        var package = Path.GetFullPath(Path.Combine(folder, "..", "..", ".."));
        return Directory.Exists(package) && Directory.EnumerateFiles(package, "libtorch*.nuspec").Any() ? Path.GetFileName(package) : null;
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    // Threads of OpenMP that wait for work spin, which costs a busy machine up to half of its time. OpenMP reads its settings when it is
    // loaded. What the user set stays.
    private static void LetIdleThreadsSleep()
    {
        const string Policy = "OMP_WAIT_POLICY";
        if (Environment.GetEnvironmentVariable(Policy) is not null)
        {
            return;
        }

        const string Passive = "PASSIVE";
        Environment.SetEnvironmentVariable(Policy, Passive);
        if (!OperatingSystem.IsWindows())
        {
            // On Unix the runtime keeps its variables to itself; native code sees those of the C library.
            _ = SetNativeVariable(Policy, Passive, overwrite: 0);
        }
    }

    // The allocator of glibc gives the memory of large tensors back when they are freed, and the next ones pay for it page by page: a sixth
    // of the time of evaluating a small model. Up to 128 MiB are kept; blocks above 32 MiB are given back at once, as always. What the user
    // set stays.
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, MapThreshold = -3;
        if (!OperatingSystem.IsLinux() || new[] { "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES" }
            .Any(name => Environment.GetEnvironmentVariable(name) is not null))
        {
            return;
        }

        try
        {
            _ = SetAllocator(MapThreshold, 32 << 20);
            _ = SetAllocator(TrimThreshold, 128 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, whose allocator keeps its own rules.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocator(int option, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);
}

/// <summary>The LibTorch of this process.</summary>
/// <param name="Folder">The folder of its libraries; null where TorchSharp found them beside the program.</param>
/// <param name="Version">Its version, such as <c>2.10.0</c>; null where the folder does not tell.</param>
public sealed record LoadedLibTorch(string? Folder, string? Version);

/// <summary>The vector instructions that decide which kernels LibTorch and its library of linear algebra choose on a processor.</summary>
public static class VectorInstructions
{
    /// <summary>
    /// The widest set of this processor: AVX-512, AVX2, AVX, AdvSimd or none. Sums are taken in another order by the kernels of another
    /// set, so that results differ in their last bits.
    /// </summary>
    public static string Widest => Avx512F.IsSupported ? "AVX-512"
        : Avx2.IsSupported ? "AVX2"
        : Avx.IsSupported ? "AVX"
        : AdvSimd.IsSupported ? "AdvSimd"
        : "none";
}
