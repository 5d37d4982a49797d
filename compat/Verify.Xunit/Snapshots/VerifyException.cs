namespace VerifyTests.Snapshots;

/// <summary>A snapshot is new, differs, or is no longer produced.</summary>
internal sealed class VerifyException(string message) : Exception(message);
