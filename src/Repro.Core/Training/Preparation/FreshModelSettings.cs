using System.ComponentModel.DataAnnotations;

namespace Repro.Core.Training.Preparation;

/// <summary>Sizes of a model of the Llama family that is made from nothing.</summary>
public sealed record FreshModelSettings
{
    /// <summary>Width of the hidden states.</summary>
    [Range(1, 1 << 20)]
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    [Range(1, 1 << 22)]
    public required int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    [Range(1, 10_000)]
    public required int Layers { get; init; }

    /// <summary>Number of query heads; divides the width.</summary>
    [Range(1, 10_000)]
    public required int Heads { get; init; }

    /// <summary>Number of key and value heads; null for as many as there are query heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Longest context.</summary>
    [Range(1, 1 << 24)]
    public int MaximumPositions { get; init; } = 1024;

    /// <summary>Whether the logits come from the embedding matrix.</summary>
    public bool TiedEmbeddings { get; init; } = true;

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;
}
