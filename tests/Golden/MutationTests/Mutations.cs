using System.Text.Json.Nodes;

namespace Repro.Tests.Golden.MutationTests;

/// <summary>The changes: judgements, lengths, prompts, released tables, printed cells, printed numbers.</summary>
internal static class Mutations
{
    private const string Final = "alpaca_eval/final_gpt4_result";
    private const string Tuning = "alpaca_eval/hp_tuning_crs";
    private const string Study = "evaluations/argilla_data";

    internal static readonly IReadOnlyList<Mutation> All =
    [
        Mutation.OfPreference("judgement of abs against preference", $"{Final}/final_rank002_vs_abs002.json", 0,
            """
            CRS-ABS-66 CRS-D-inverse-weight-vs-abs CRS-D-inverse-weight-vs-pref CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap
            CRS-F25-bias CRS-F25-ttest CRS-S5.4-001-better CRS-S6.2-alwaysabs CRS-S7.1-pref-poor-except-oasst CRS-S7.2-oasst-trend
            CRS-S7.3-binomial-abs_pref CRS-S7.3-abs-all-categories CRS-S7.3-gpt4-human CRS-T11-pref002_abs CRS-T15-helpful_base
            CRS-T15-oasst
            CRS-T16-abs_vs_pref CRS-T22-creative CRS-X-leaderboard-final_rank002_vs_abs002 CRS-X-baseline-helpful_base CRS-X-baseline-koala
            CRS-X-baseline-vicuna CRS-X-baseline-oasst CRS-X-len-abs CRS-X-len-rank_002 CRS-X-length-explains CRS-X-len-order
            CRS-S6.2-abs-over-65 CRS-X-run1 CRS-X-run1-helpful_base CRS-X-run1-consistency CRS-X-oasst-fisher
            CRS-S6.1-0625-worst CRS-S6.1-abs-gets-worse CRS-X-position CRS-X-position-final CRS-X-position-roles
            """),
        Mutation.OfPreference("judgement of abs against preference, second run", $"{Final}/final_rank002_run1_vs_abs002_run1.json", 0,
            """
            CRS-ABS-66 CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest CRS-S7.3-binomial-abs_pref
            CRS-T15-helpful_base CRS-X-leaderboard-final_rank002_run1_vs_abs002_run1
            CRS-X-run1 CRS-X-run1-helpful_base CRS-X-run1-consistency CRS-X-oasst-fisher
            CRS-X-position CRS-X-position-final CRS-X-position-roles
            """),
        Mutation.OfPreference("judgement of abs against crs 0.25", $"{Final}/final_abs002_vs_crs025.json", 1,
            """
            CRS-ABS-63 CRS-D-inverse-weight-vs-abs CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest
            CRS-S6.1-choose-025 CRS-S7.3-binomial-abs_crs CRS-S7.3-gpt4-human CRS-T11-crs025_abs CRS-T16-abs_vs_crs
            CRS-X-leaderboard-final_abs002_vs_crs025 CRS-X-len-abs CRS-X-len-crs_025
            CRS-S6.1-0625-worst CRS-S6.1-abs-gets-worse CRS-X-position CRS-X-position-final
            """),
        Mutation.OfPreference("judgement of abs against crs 0.625", $"{Final}/final_abs002_vs_crs0625.json", 2,
            """
            CRS-D-inverse-weight-vs-abs CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest CRS-S6.1-choose-025
            CRS-T11-crs0625_abs CRS-T11-abs_crs0625 CRS-X-leaderboard-final_abs002_vs_crs0625 CRS-X-len-abs CRS-X-len-crs_0625
            CRS-S6.1-0625-worst CRS-S6.1-abs-gets-worse CRS-X-position CRS-X-position-final
            """),
        Mutation.OfPreference("judgement of abs against sft", $"{Final}/final_abs002_vs_sft.json", 3,
            """
            CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest CRS-T16-abs_vs_sft CRS-T16-sft-best
            CRS-X-leaderboard-final_abs002_vs_sft CRS-X-len-abs CRS-X-len-sft CRS-S8.1-not-over-sft
            CRS-X-position CRS-X-position-final
            """),
        Mutation.OfPreference("judgement of preference kl 0.01 against abs", $"{Final}/final_rank001_vs_abs002.json", 4,
            """
            CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest CRS-S5.4-001-better CRS-T11-pref001_abs
            CRS-X-leaderboard-final_rank001_vs_abs002 CRS-X-len-abs CRS-X-len-rank_001
            CRS-X-position CRS-X-position-final
            """),
        Mutation.OfPreference("judgement of crs 0.25 against preference", $"{Final}/final_rank002_vs_crs025.json", 80,
            """
            CRS-ABS-63 CRS-D-inverse-weight-vs-pref CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest
            CRS-S6.1-choose-025 CRS-S7.1-pref-poor-except-oasst CRS-S7.2-oasst-trend CRS-S7.3-binomial-crs_pref CRS-S7.3-abs-all-categories
            CRS-S7.3-gpt4-human CRS-S7.3-no-clear-trend CRS-T16-crs_vs_pref CRS-T20-helpful_base CRS-T20-oasst CRS-T30-problem-solving
            CRS-X-leaderboard-final_rank002_vs_crs025 CRS-X-len-rank_002 CRS-X-len-crs_025 CRS-X-len-order
            CRS-X-position CRS-X-position-final
            """),
        Mutation.OfPreference("judgement of crs 0.625 against preference", $"{Final}/final_rank002_vs_crs0625.json", 30,
            """
            CRS-D-inverse-weight-vs-pref CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest CRS-S6.1-choose-025
            CRS-S7.1-pref-poor-except-oasst CRS-S7.2-oasst-trend CRS-S7.3-abs-all-categories CRS-T11-pref002_crs0625 CRS-T21-koala
            CRS-T31-problem-solving CRS-X-leaderboard-final_rank002_vs_crs0625 CRS-X-len-rank_002 CRS-X-len-crs_0625 CRS-X-len-order
            CRS-X-position CRS-X-position-final
            """),
        Mutation.OfPreference(
            "judgement of tuning weights 0.25 and 0.625", $"{Tuning}/crs_025_vs_all/625/annotation_alpaca_eval_gpt4_turbo_fn.json", 5,
            "CRS-T10-025-vs-0625 CRS-T10-significance CRS-X-position"),
        Mutation.OfPreference(
            "judgement of tuning weights 0.375 and 0.5", $"{Tuning}/crs_0375_vs_all/5/annotation_alpaca_eval_gpt4_turbo_fn.json", 6,
            "CRS-T10-0375-vs-05 CRS-X-position"),
        Mutation.OfFacts("length of one output", $"{Final}/final_sft_vs_crs025.json", facts => facts["rows"]![0]!["characters1"] = 1,
            """
            CRS-F25-peak-win CRS-F25-peak-lose CRS-F25-overlap CRS-F25-bias CRS-F25-ttest CRS-T16-crs_vs_sft CRS-X-len-crs_025
            CRS-X-len-sft
            """),
        Mutation.OfReleasedCell("released leaderboard", $"{Final}/final_rank002_vs_sft.csv", "rank_002", "n_wins", "30",
            "CRS-X-leaderboard-final_rank002_vs_sft"),
        Mutation.OfFacts("dataset of one prompt", "data/eval_final.json", facts => facts["rows"]![0]!["dataset"] = "oasst",
            """
            CRS-S7.1-pref-poor-except-oasst CRS-S7.2-oasst-trend CRS-T15-helpful_base CRS-T15-oasst CRS-T20-helpful_base CRS-T20-oasst
            CRS-T21-helpful_base CRS-T21-oasst CRS-X-baseline-helpful_base CRS-X-baseline-oasst CRS-X-tokenmeans
            CRS-S5.5.1-final-size CRS-S6.2-abs-over-65 CRS-X-run1-helpful_base CRS-X-run1-koala CRS-X-run1-vicuna
            CRS-X-run1-oasst CRS-X-run1-consistency CRS-X-oasst-fisher CRS-X-oasst-language
            """),
        Mutation.OfFacts(
            "category of one prompt", "data/eval_final_prompt_category.json", facts => facts["rows"]![0]!["category"] = "Creative",
            """
            CRS-S7.3-abs-all-categories CRS-T22-problem-solving CRS-T22-creative CRS-T22-category-counts CRS-T30-problem-solving
            CRS-T30-creative CRS-T31-problem-solving CRS-T31-creative
            """),
        Mutation.OfReleasedCell(
            "released setting", "derived/config_values.csv", "absolute_adapter_name", "value",
            "abs_bs64_ep_1_8bit_logistic_s_075_augment_and__under",
            "CRS-S5.3-batch-abs CRS-S7.1-same-config"),
        Mutation.OfReleasedCell("number of a notebook", "derived/notebook_numbers.csv", "rl_last_step_number", "value", "600",
            "CRS-S5.1.3-fractions CRS-S5.4-kept CRS-S5.4-adaptive-kl CRS-S6.1-tuning-steps"),
        Mutation.OfFacts(
            "vote of the human study", $"{Study}/original-user-study-ws-run-2.json",
            facts => facts["prompts"]![0]![0]!["ranks"] = new JsonArray(1, 2, 3),
            """
            CRS-S6.4-pairwise-votes CRS-S6.4-group-discrimination CRS-S7.3-clear-consensus CRS-S7.3-gpt4-human CRS-T17-rank-g2
            CRS-T17-abs-g2 CRS-T17-crs-g2
            CRS-T17-tiebreak CRS-T17-rawborda
            """),
        Mutation.OfFacts(
            "merged ranking of the human study", $"{Study}/final_user-study-ws-run-3.json",
            facts => facts["rankings"]![0] = new JsonArray("abs", "rank", "crs"),
            "CRS-S5.5.2-merge CRS-S6.4-group-discrimination CRS-S7.3-gpt4-human CRS-T17-abs-g3 CRS-T17-crs-g3"),
        Mutation.OfPrintedCell("cell of CRS Table 10", "crs/table-10", "crs_rlhf_0625", "crs_rlhf_075", "68%",
            "CRS-D-inverse-weight-tuning CRS-T10-0625-vs-075 CRS-T10-mean-0625 CRS-T10-order CRS-T10-complement"),
        Mutation.OfPrintedCell("cell of CRS Table 11", "crs/table-11", "pref_rlhf_kl_002", "crs_rlhf_0625", "45%",
            "CRS-T11-pref002_crs0625 CRS-T21-mean"),
        Mutation.OfPrintedCell("cell of CRS Table 13", "crs/table-13", "preference_reward_model", "oasst", "44%",
            "CRS-S6.2-pref-best-oasst CRS-S6.2-pref-better-oasst CRS-S7.1-abs-consistent CRS-S7.1-oasst-pref-ahead CRS-S8.1-agrees-more "
                + "CRS-T12-pref CRS-T13-pref-grid"),
        Mutation.OfPrintedCell("cell of CRS Table 15", "crs/table-15", "koala", "abs_rlhf", "80%",
            "CRS-T15-koala CRS-T15-rowsum CRS-T15-mean CRS-T22-colsum CRS-X-run1-koala"),
        Mutation.OfPrintedCell("cell of CRS Table 16", "crs/table-16", "abs_rlhf", "crs_rlhf_025", "64%",
            "CRS-S7.3-ci-abs_vs_crs CRS-S7.3-margin-abs-crs CRS-S7.3-superiority CRS-T16-abs_vs_crs CRS-T16-complement "
                + "CRS-T23-abs_vs_crs"),
        Mutation.OfPrintedCell("cell of CRS Table 21", "crs/table-21", "helpful_base", "preference_rlhf", "40%",
            "CRS-T21-helpful_base CRS-T21-rowsum"),
        Mutation.OfPrintedCell("cell of CRS Table 22", "crs/table-22", "Open-ended", "oasst_wins", "1",
            "CRS-T22-open-ended CRS-T22-colsum"),
        Mutation.OfPrintedCell("cell of CRS Table 23", "crs/table-23", "abs_rlhf", "crs_rlhf_025", "4.83%",
            "CRS-S7.3-ci-abs_vs_crs CRS-S7.3-margin-abs-crs CRS-T23-abs_vs_crs"),
        Mutation.OfPrintedCell("cell of ADR Table 1", "adr/table-1", "C-Eval", "ARS", "0.7607",
            "ADR-T1-AVG ADR-T1-GAIN ADR-T1-GAIN16 ADR-T1-WINS-DPO ADR-T1-WINS-PPO ADR-T1-WINS-RS ADR-T1-BASE ADR-T1-DOMINANCE ADR-T1-CI "
                + "ADR-T1-GRIM-CEVAL ADR-T1-NAMED ADR-S4.1-PASS1"),
        Mutation.OfPrintedCell("HumanEval cell of ADR Table 1", "adr/table-1", "HumanEval", "APPO", "0.6280",
            "ADR-T1-AVG ADR-T1-GAIN ADR-T1-GAIN16 ADR-T1-BASE ADR-T1-DOMINANCE ADR-T1-GRIM-HUMANEVAL ADR-T1-CI ADR-T1-NAMED "
                + "ADR-S4.2-REASONING ADR-S4.1-PASS1"),
        Mutation.OfPrintedCell("average of ADR Table 1", "adr/table-1", "AVG", "DPO", "0.8047", "ADR-T1-AVG ADR-T1-GAIN ADR-T1-GAIN16"),
        Mutation.OfPrintedCell("score list of ADR appendix A.2", "adr/appendix-a2-scores", "criterion_2_chosen", "list_3", "5",
            "ADR-APPA-SHAPE"),
        Mutation.OfPrintedValue("half width in CRS section 7.3", "crs/S7.3", "CRS-S7.3-ci-abs_vs_crs", "half_width", "9.33%", "9.51%",
            "CRS-S7.3-ci-abs_vs_crs CRS-S7.3-margin-abs-crs CRS-S7.3-superiority"),
        Mutation.OfPrintedValue("number of questions in ADR Table 1", "adr/T1", "ADR-T1-GRIM-HUMANEVAL", "questions", "164", "160",
            "ADR-T1-GRIM-HUMANEVAL"),
    ];
}
