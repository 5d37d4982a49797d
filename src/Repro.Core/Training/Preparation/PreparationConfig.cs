using System.ComponentModel.DataAnnotations;
using Repro.Core.Data.Formats;

namespace Repro.Core.Training.Preparation;

/// <summary>What the file says from which a model folder is made: tokenizer and sizes. Weights come with the first stage (<c>model.fresh</c>).</summary>
public sealed record PreparationConfig
{
    /// <summary>What the tokenizer learns from.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>Tokens of the vocabulary, 256 bytes and special tokens included.</summary>
    [Range(300, 1 << 24)]
    public required int VocabularySize { get; init; }

    /// <summary>Special tokens beside those of ChatML, such as the tags of another template.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Most rows of each data set that the tokenizer sees.</summary>
    [Range(1, int.MaxValue)]
    public int MaximumRows { get; init; } = int.MaxValue;

    /// <summary>Sizes of the model.</summary>
    public required FreshModelSettings Model { get; init; }
}
