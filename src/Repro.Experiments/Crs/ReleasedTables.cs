namespace Repro.Experiments.Crs;

/// <summary>Paths of the small tables that come with the release.</summary>
internal static class ReleasedTables
{
    internal const string NotebookNumbers = "derived/notebook_numbers.csv";
    internal const string ConfigValues = "derived/config_values.csv";
    internal const string AnnotatorMetrics = "derived/alpaca_eval_annotator_metrics.csv";
    internal const string PromptLanguages = "derived/final_prompt_language.csv";
    internal const string ResponseLengths = "derived/response_lengths.csv";
}
