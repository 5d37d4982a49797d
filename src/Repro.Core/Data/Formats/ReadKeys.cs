namespace Repro.Core.Data.Formats;

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
