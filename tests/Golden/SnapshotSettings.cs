using System.Runtime.CompilerServices;

namespace Repro.Tests.Golden;

/// <summary>How Verify writes the files of this project.</summary>
internal static class SnapshotSettings
{
    // JSON has no byte order mark, and neither have the documents that are compared.
    [ModuleInitializer]
    internal static void Set() => VerifierSettings.UseUtf8NoBom();
}
