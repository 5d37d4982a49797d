namespace Repro.Core.Training.Configuration;

/// <summary>Where a setting was said.</summary>
/// <param name="Place">File and line, or the option of the command line.</param>
/// <param name="Folder">Where relative paths start.</param>
internal sealed record ConfigOrigin(string Place, string Folder);
