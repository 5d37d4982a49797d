using System.Collections;
using Repro.Core.Configuration;

namespace Repro.Core.Data;

/// <summary>What is taken from a data set. A setting that a format has no use for is an error.</summary>
public record ReadSettings
{
    /// <summary>Of a folder: a word of the file names to read, such as <c>train</c>.</summary>
    public string? Part { get; init; }

    /// <summary>Names that the format reads, by the names of the data's own columns, such as <c>{question: prompt}</c>; null where they are
    /// called so.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    /// <summary>Language codes that are used; empty for all.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Whether only trees count whose annotation is complete.</summary>
    public bool FinishedOnly { get; init; } = true;

    /// <summary>Whether only trees count whose prompt passed the review.</summary>
    public bool ReviewedOnly { get; init; } = true;

    /// <summary>How many of the best ranks a conversation may take; 1 for the best replies only.</summary>
    [AtLeast(1)]
    public int BestRanks { get; init; } = 1;

    /// <summary>Best replies that are kept of each prompt.</summary>
    [AtLeast(2)]
    public int MaximumReplies { get; init; } = 4;

    /// <summary>Whether calculator annotations stay in worked answers.</summary>
    public bool CalculatorAnnotations { get; init; } = true;

    /// <summary>Whether conversations with refusal phrases are dropped.</summary>
    public bool DropRefusals { get; init; }

    /// <summary>The refusal phrases; null for a general list.</summary>
    public IReadOnlyList<string>? RefusalPhrases { get; init; }

    /// <summary>Weights of the labels that make up the score; their absolute values add up to 1. Null for one label or a score that the
    /// format has of its own.</summary>
    [Within(-1, 1)]
    public IReadOnlyDictionary<string, double>? LabelWeights { get; init; }

    /// <summary>Labels that a reply must have; null for those with weights.</summary>
    public IReadOnlyList<string>? RequiredLabels { get; init; }

    /// <summary>How prompts of augmented ratings are read.</summary>
    public PromptReading PromptReading { get; init; } = PromptReading.Turns;

    /// <summary>Whether rated steps that were not chosen give solutions of their own.</summary>
    public bool Alternatives { get; init; }

    /// <summary>Keys of the settings that are not at their defaults, as they stand in a file.</summary>
    internal IEnumerable<string> Given()
    {
        var defaults = new ReadSettings();
        return ConfigShape.For(typeof(ReadSettings)).Keys.Where(key => !Same(key.In(this), key.In(defaults))).Select(key => key.Name);
    }

    // Two collections are the same here if nothing is in them: a default holds nothing.
    private static bool Same(object? value, object? usual) =>
        value is ICollection held && usual is ICollection none ? held.Count == none.Count : Equals(value, usual);
}
