namespace Repro.Core.Data.Formats;

/// <summary>What to read, and how.</summary>
/// <param name="Path">A file, or a folder that holds data files.</param>
/// <param name="Settings">What is taken from it.</param>
/// <param name="Notes">Takes what was left out.</param>
/// <param name="Cancellation">Looked at before each row.</param>
public sealed record ReadRequest(string Path, ReadSettings Settings, ReadNotes Notes, CancellationToken Cancellation = default);
