namespace VerifyTests.Snapshots;

/// <summary>One file of a verification and what became of it.</summary>
/// <param name="State">The outcome.</param>
/// <param name="ReceivedPath">Where the produced content is written when it differs.</param>
/// <param name="VerifiedPath">The accepted file.</param>
/// <param name="ReceivedText">The produced text; null for bytes and for files to delete.</param>
/// <param name="VerifiedText">The accepted text; null for bytes and when there is none.</param>
internal sealed record SnapshotFile(SnapshotState State, string ReceivedPath, string VerifiedPath, string? ReceivedText, string? VerifiedText);
