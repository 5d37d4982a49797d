namespace Repro.Core.Training.Planning;

/// <summary>What goes through a model at once and in one step.</summary>
/// <param name="Rows">Rows of one forward pass with gradients.</param>
/// <param name="Length">Longest row, tokens.</param>
/// <param name="TokensPerStep">Tokens of one step that gradients are computed for, all epochs of it together.</param>
public sealed record Workload(long Rows, long Length, double TokensPerStep)
{
    /// <summary>Tokens of one step that go through a model without gradients: references, reward models, values.</summary>
    public double ForwardTokensPerStep { get; init; }

    /// <summary>Rows that are sampled at once; 0 where nothing is.</summary>
    public long SampledRows { get; init; }

    /// <summary>Longest sampled row with its prompt, tokens.</summary>
    public long SampledLength { get; init; }

    /// <summary>Bytes of the table of [positions, vocabulary] that is held at once; 0 for a model with a score head.</summary>
    public long LogitBytes { get; init; }
}
