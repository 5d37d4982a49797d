namespace Repro.Core.Training.Runs;

/// <summary>A file that a run reads.</summary>
/// <param name="Key">The setting that names it, or its folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="Whole">Whether the hash is of the whole file; else of its first MiB.</param>
internal sealed record InputFile(string Key, long Bytes, string Sha256, bool Whole);
