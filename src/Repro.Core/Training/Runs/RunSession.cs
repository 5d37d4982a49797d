using System.Globalization;
using System.Runtime.InteropServices;
using Repro.Core.Hardware;
using TorchSharp;

namespace Repro.Core.Training.Runs;

/// <summary>Where a session of a run worked.</summary>
/// <param name="Started">When, UTC, ISO 8601.</param>
/// <param name="Step">Steps that were done before it.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="LibTorch">Version of LibTorch.</param>
/// <param name="System">Operating system and architecture.</param>
/// <param name="Processor">Name of the processor.</param>
/// <param name="Kernels">The vector instructions for which kernels are chosen; null in records of earlier versions.</param>
/// <param name="Threads">Threads of one operator.</param>
/// <param name="Gpus">Names of the CUDA devices.</param>
/// <param name="Commit">Commit of the checkout; null outside of one.</param>
/// <param name="Seed">Seed of the run.</param>
internal sealed record RunSession(
    string Started,
    long Step,
    string Runtime,
    string LibTorch,
    string System,
    string Processor,
    string? Kernels,
    int Threads,
    IReadOnlyList<string> Gpus,
    string? Commit,
    long Seed)
{
    private const string GpuFolder = "/proc/driver/nvidia/gpus";

    /// <summary>That of this process.</summary>
    internal static RunSession Current(long step, long seed, DateTimeOffset now) => new(
        now.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        step,
        RuntimeInformation.FrameworkDescription,
        Hardware.LibTorch.Load().Version ?? torch.__version__,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        ProcessorName(),
        VectorInstructions.Widest,
        torch.get_num_threads(),
        GpuNames(),
        Checkout() is { } root ? GitCommit.Find(root) : null,
        seed);

    /// <summary>Why going on after another session need not give the same bits; null if it gives them.</summary>
    internal string? Difference(RunSession before)
    {
        var pairs = new[]
        {
            ("LibTorch", before.LibTorch, LibTorch),
            ("processor", before.Processor, Processor),
            ("kernels", before.Kernels ?? "unknown", Kernels ?? "unknown"),
            ("threads", Invariant($"{before.Threads}"), Invariant($"{Threads}")),
            ("GPUs", string.Join(", ", before.Gpus), string.Join(", ", Gpus)), ("commit", before.Commit ?? "unknown", Commit ?? "unknown"),
        };
        var different = pairs.Where(pair => pair.Item2 != pair.Item3).Select(pair => $"{pair.Item1} {pair.Item3} instead of {pair.Item2}")
            .ToList();
        return different.Count == 0
            ? null
            : $"the run was begun in another environment ({string.Join("; ", different)}): the result need not be equal to the bit.";
    }

    private static string ProcessorName() =>
        Lines("/proc/cpuinfo").Select(line => line.Split(':', 2))
            .FirstOrDefault(parts => parts is [var key, _] && key.Trim() == "model name")?[1].Trim()
        ?? Invariant($"{Environment.ProcessorCount} processors");

    private static List<string> GpuNames() => !Directory.Exists(GpuFolder)
        ? []
        : [.. Directory.EnumerateDirectories(GpuFolder).Order(StringComparer.Ordinal)
            .Select(GpuName)];

    private static string GpuName(string folder)
    {
        var model = Lines(Path.Combine(folder, "information")).FirstOrDefault(line => line.StartsWith("Model:", StringComparison.Ordinal));
        return model?["Model:".Length..].Trim() ?? "unknown";
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Checkout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Exists(Path.Combine(folder.FullName, ".git")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}

/// <summary>The commit of a checkout, read from its files without running anything.</summary>
public static class GitCommit
{
    /// <summary>The first 12 digits of the commit, or null when it cannot be told.</summary>
    /// <param name="root">Root of the checkout.</param>
    public static string? Find(string root)
    {
        try
        {
            var git = Path.Combine(root, ".git");
            if (File.Exists(git))
            {
                git = Path.GetFullPath(Path.Combine(root, File.ReadAllText(git)["gitdir:".Length..].Trim()));
            }

            var head = File.ReadAllText(Path.Combine(git, "HEAD")).Trim();
            if (!head.StartsWith("ref: ", StringComparison.Ordinal))
            {
                return head[..12];
            }

            var common = Path.Combine(git, "commondir");
            var store = File.Exists(common) ? Path.GetFullPath(Path.Combine(git, File.ReadAllText(common).Trim())) : git;
            var reference = Path.Combine(store, head["ref: ".Length..]);
            return File.Exists(reference) ? File.ReadAllText(reference).Trim()[..12] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
