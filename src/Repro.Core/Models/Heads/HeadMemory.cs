namespace Repro.Core.Models.Heads;

/// <summary>How much memory tables of [positions, vocabulary] may take. Results do not depend on it.</summary>
/// <param name="ChunkBytes">Of one chunk of positions; at least one position is taken at a time.</param>
/// <param name="KeptBytes">Of all positions of a batch: up to here the table is kept between the values and their gradients, above it is computed twice.</param>
public sealed record HeadMemory(long ChunkBytes = 32L << 20, long KeptBytes = 256L << 20);
