namespace Repro.Core.Models.Heads;

/// <summary>How much memory tables of [positions, vocabulary] may take. Results do not depend on it.</summary>
/// <param name="ChunkBytes">Of one chunk of positions, unless that were fewer than <paramref name="LeastPositions"/>.</param>
/// <param name="KeptBytes">Of all positions of a batch: up to here the table is kept between the values and their gradients, above it is computed twice.</param>
/// <param name="LeastPositions">Positions of a chunk at least: with fewer, reading the head's matrix takes longer than the products.</param>
public sealed record HeadMemory(long ChunkBytes = 32L << 20, long KeptBytes = 256L << 20, int LeastPositions = 256);
