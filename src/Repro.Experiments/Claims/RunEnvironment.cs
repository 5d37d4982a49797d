using System.Runtime.InteropServices;

namespace Repro.Experiments.Claims;

/// <summary>Where results were computed.</summary>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">Operating system and processor architecture.</param>
/// <param name="Processors">Logical processors.</param>
/// <param name="Artifacts">Where the released files came from.</param>
/// <param name="LibTorch">Version of LibTorch, or null when no tensor took part.</param>
public sealed record RunEnvironment(string Runtime, string System, int Processors, string Artifacts, string? LibTorch)
{
    /// <summary>The environment of this process.</summary>
    /// <param name="artifacts">Where the released files came from.</param>
    /// <param name="libTorch">Version of LibTorch, or null when no tensor took part.</param>
    public static RunEnvironment Current(string artifacts, string? libTorch = null) => new(
        RuntimeInformation.FrameworkDescription,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        Environment.ProcessorCount,
        artifacts,
        libTorch);
}
