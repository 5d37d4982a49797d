namespace Repro.Experiments.Claims;

/// <summary>A file the evidence rests on.</summary>
/// <param name="Path">Path relative to its root (<c>artifacts/...</c>, <c>published/...</c>, <c>data/...</c>).</param>
/// <param name="Sha256">SHA-256 of the bytes of the original file, lower-case hexadecimal.</param>
public sealed record EvidenceFile(string Path, string Sha256);
