using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>The released GPT-4 comparisons, and the names that the files and the tables give to the models.</summary>
internal static class Comparisons
{
    internal const string AbsAgainstPreference = "alpaca_eval/final_gpt4_result/final_rank002_vs_abs002.json";
    internal const string AbsAgainstCrs025 = "alpaca_eval/final_gpt4_result/final_abs002_vs_crs025.json";
    internal const string AbsAgainstCrs0625 = "alpaca_eval/final_gpt4_result/final_abs002_vs_crs0625.json";
    internal const string AbsAgainstSft = "alpaca_eval/final_gpt4_result/final_abs002_vs_sft.json";
    internal const string Crs025AgainstPreference = "alpaca_eval/final_gpt4_result/final_rank002_vs_crs025.json";
    internal const string Crs0625AgainstPreference = "alpaca_eval/final_gpt4_result/final_rank002_vs_crs0625.json";
    internal const string Crs025AgainstSft = "alpaca_eval/final_gpt4_result/final_sft_vs_crs025.json";
    internal const string PreferenceAgainstSft = "alpaca_eval/final_gpt4_result/final_rank002_vs_sft.json";
    internal const string Preference001AgainstAbs = "alpaca_eval/final_gpt4_result/final_rank001_vs_abs002.json";
    internal const string AbsAgainstPreferenceRun1 = "alpaca_eval/final_gpt4_result/final_rank002_run1_vs_abs002_run1.json";

    internal const string Prompts = "data/eval_final.json";
    internal const string Categories = "data/eval_final_prompt_category.json";

    /// <summary>The four sources of the final prompts, in the order of the tables.</summary>
    internal static readonly string[] Datasets = ["helpful_base", "koala", "vicuna", "oasst"];

    /// <summary>The five prompt categories, in the order of the tables.</summary>
    internal static readonly string[] CategoryNames = ["Problem-solving", "Fact-based", "Reasoning", "Open-ended", "Creative"];

    /// <summary>The final comparisons with the sampler of the thesis.</summary>
    internal static readonly string[] FinalFirstRun =
    [
        AbsAgainstPreference, AbsAgainstCrs025, AbsAgainstCrs0625, AbsAgainstSft, Crs025AgainstPreference, Crs0625AgainstPreference,
        PreferenceAgainstSft, Crs025AgainstSft, Preference001AgainstAbs,
    ];

    /// <summary>All ten final comparisons.</summary>
    internal static readonly string[] Final = [.. FinalFirstRun, AbsAgainstPreferenceRun1];

    /// <summary>The weights of the tuning runs, as the tables and files write them.</summary>
    internal static readonly string[] TuningWeights = ["025", "0375", "05", "0625", "075"];

    /// <summary>Each two of <see cref="TuningWeights"/> once, the first as the reference side.</summary>
    internal static readonly (string First, string Second)[] TuningPairs =
        [.. TuningWeights.SelectMany((first, i) => TuningWeights[(i + 1)..].Select(second => (first, second)))];

    /// <summary>The ten tuning comparisons.</summary>
    internal static readonly string[] TuningFiles = [.. TuningPairs.Select(pair => Tuning(pair.First, pair.Second))];

    /// <summary>The judgements of a comparison.</summary>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    internal static IReadOnlyList<PairwiseFacts.Row> Judgements(this SpecContext context, string file) =>
        context.Artifact<PairwiseFacts>(file).Rows;

    /// <summary>Dataset of each final prompt.</summary>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    internal static IReadOnlyDictionary<string, string> DatasetOfPrompt(this SpecContext context) =>
        context.Artifact<PromptFacts>(Prompts).DatasetOf();

    /// <summary>Dataset and category of each final prompt.</summary>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    internal static IReadOnlyDictionary<string, (string Dataset, string Category)> CellOfPrompt(this SpecContext context) =>
        context.Artifact<PromptCategoryFacts>(Categories).Rows.ToDictionary(
            r => r.Prompt, r => (r.Dataset, r.Category), StringComparer.Ordinal);

    /// <summary>File of the tuning comparison of two weights; the first is the reference side.</summary>
    internal static string Tuning(string first, string second) =>
        $"alpaca_eval/hp_tuning_crs/crs_{first}_vs_all/{second[1..]}/annotation_alpaca_eval_gpt4_turbo_fn.json";

    /// <summary>A weight as a decimal number: 0.375 for <c>0375</c>.</summary>
    internal static string WeightName(string digits) => $"0.{digits[1..]}";

    /// <summary>Model names inside the annotation files.</summary>
    internal static class Model
    {
        internal const string Abs = "abs";
        internal const string Preference = "rank_002";
        internal const string Preference001 = "rank_001";
        internal const string Crs025 = "crs_025";
        internal const string Crs0625 = "crs_0625";
        internal const string Sft = "sft";
    }
}
