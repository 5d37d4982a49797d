namespace Repro.Experiments.Crs;

/// <summary>The released GPT-4 comparisons on the 100 final prompts, and the names that the files and the tables give to the models.</summary>
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
