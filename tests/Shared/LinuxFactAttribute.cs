namespace Repro.Tests.Shared;

/// <summary>A fact about the memory of native code, which only glibc counts; skipped elsewhere.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null! : "Native memory is counted by glibc's mallinfo2 alone.";
}
