using Repro.Core.Configuration;


namespace Repro.Core.Data;

/// <summary>What is taken from a data set. A setting that a format has no use for is an error.</summary>
public record ReadSettings
{
    /// <summary>Of a folder: a word of the file names to read, such as <c>train</c>.</summary>
    public string? Part { get; init; }

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

    /// <summary>Names of the settings that differ from what they are when nothing is said, as they stand in a file.</summary>
    internal IEnumerable<string> Said()
    {
        var usual = new ReadSettings();
        (string Name, bool Said)[] all =
        [
            (ReadKeys.Part, Part is not null),
            (ReadKeys.Languages, Languages.Count > 0),
            (ReadKeys.FinishedOnly, FinishedOnly != usual.FinishedOnly),
            (ReadKeys.ReviewedOnly, ReviewedOnly != usual.ReviewedOnly),
            (ReadKeys.BestRanks, BestRanks != usual.BestRanks),
            (ReadKeys.MaximumReplies, MaximumReplies != usual.MaximumReplies),
            (ReadKeys.CalculatorAnnotations, CalculatorAnnotations != usual.CalculatorAnnotations),
            (ReadKeys.DropRefusals, DropRefusals != usual.DropRefusals),
            (ReadKeys.RefusalPhrases, RefusalPhrases is not null),
            (ReadKeys.LabelWeights, LabelWeights is not null),
            (ReadKeys.RequiredLabels, RequiredLabels is not null),
            (ReadKeys.PromptReading, PromptReading != usual.PromptReading),
            (ReadKeys.Alternatives, Alternatives != usual.Alternatives),
        ];
        return all.Where(setting => setting.Said).Select(setting => setting.Name);
    }
}

/// <summary>Names of the settings of <see cref="ReadSettings"/> as they stand in a file.</summary>
internal static class ReadKeys
{
    internal const string Part = "part";
    internal const string Languages = "languages";
    internal const string FinishedOnly = "finished_only";
    internal const string ReviewedOnly = "reviewed_only";
    internal const string BestRanks = "best_ranks";
    internal const string MaximumReplies = "maximum_replies";
    internal const string CalculatorAnnotations = "calculator_annotations";
    internal const string DropRefusals = "drop_refusals";
    internal const string RefusalPhrases = "refusal_phrases";
    internal const string LabelWeights = "label_weights";
    internal const string RequiredLabels = "required_labels";
    internal const string PromptReading = "prompt_reading";
    internal const string Alternatives = "alternatives";
}
