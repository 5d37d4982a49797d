namespace VerifyTests.Snapshots;

/// <summary>How a produced target compares with its verified file.</summary>
internal enum SnapshotState
{
    Equal,
    New,
    NotEqual,
    Delete,
}
