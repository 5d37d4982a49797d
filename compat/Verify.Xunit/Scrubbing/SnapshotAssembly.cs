using System.Reflection;

namespace VerifyTests.Scrubbing;

/// <summary>Facts that the build writes into a test assembly.</summary>
internal static class SnapshotAssembly
{
    public const string SolutionDirectoryKey = "Verify.SolutionDirectory";

    public const string ProjectDirectoryKey = "Verify.ProjectDirectory";

    public static string? Metadata(Assembly assembly, string key) =>
        assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == key)?.Value;
}
