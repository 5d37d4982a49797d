using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;

namespace Repro.Tests.Golden.MutationTests;

/// <summary>Claims whose conditions could look like a mere repetition: each comes out otherwise on another input.</summary>
public sealed class AddedClaimTests(Laboratory laboratory) : IClassFixture<Laboratory>
{
    private const string Final = "alpaca_eval/final_gpt4_result";
    private const string Study = "evaluations/argilla_data";

    // The claim, what the changed input is, the verdict on it.
    private static readonly (string Claim, Mutation Change, Verdict Verdict)[] Cases =
    [
        ("ADR-ABS-METRICS", Columns(".*", adaptive: 0.5, plain: 0.6), Verdict.Contradicted),
        ("ADR-APPA-SHAPE",
            Rows("published/adr/appendix-a2-scores", "criterion", "9, 9, 9, 9, 9, \"-\", \"-\", \"-\""), Verdict.Holds),
        ("ADR-S4.1-PASS1", Columns(".*", adaptive: 0.5, plain: 0.6), Verdict.Contradicted),
        ("ADR-S4.1-PASS1", Columns(".*", adaptive: 0.6001, plain: 0.6), Verdict.Inconclusive),
        ("ADR-S4.1-PARAMETERS",
            Text("published/adr/appendix-b", t => t.Replace("temperature", "heat", StringComparison.Ordinal)), Verdict.Contradicted),
        ("ADR-S4.1-PARAMETERS",
            Text("published/adr/appendix-b",
                t => t + "  learning_rate: [1]\n  batch_size: [1]\n  epochs: [1]\n  beta: [1]\n  epsilon: [1]\n"
                    + "  delta: [1]\n  warmup: [1]\n"), Verdict.Holds),
        ("ADR-S4.2-REASONING", Columns("ARC-C|ARC-E|BBH|HellaSwag|WindoGrande", adaptive: 0.5, plain: 0.6), Verdict.Contradicted),
        ("ADR-S4.2-REASONING", Columns("ARC-C|ARC-E|BBH|HellaSwag|WindoGrande|HumanEval", adaptive: 0.9, plain: 0.6), Verdict.Holds),
        ("ADR-S4.2-TAX", Columns("GSM8K", adaptive: 0.5, plain: 0.6), Verdict.Contradicted),
        ("ADR-T1-NAMED", Columns("HumanEval", adaptive: 0.5, plain: 0.6), Verdict.Contradicted),
        ("ADR-T1-NAMED", Columns("MMLU|GSM8K|HumanEval", adaptive: 0.6001, plain: 0.6), Verdict.Holds),
        ("ADR-T1-EQUAL-TO-BASE", Columns("C3|MMLU", adaptive: null, plain: null), Verdict.Holds),
        ("ADR-T1-GRIM-CEVAL", Row("C-Eval", "0.7563, 0.7645, 0.7608, 0.7615, 0.7764, 0.7637, 0.7905"), Verdict.Holds),
        ("ADR-T1-GRIM-CEVAL", Row("C-Eval", "0.7563, 0.7645, 0.7608, 0.7615, 0.7764, 0.7637, 0.7907"), Verdict.Qualified),
        ("CRS-E2.5-scale", Value("crs/E2.5", "CRS-E2.5-scale", "power_in_equation", "0.5", "1"), Verdict.Contradicted),
        ("CRS-E2.5-scale", Value("crs/E2.5", "CRS-E2.5-scale", "power_in_words", "1", "0.5"), Verdict.Holds),
        ("CRS-F16-dominant",
            Text("published/external/open-assistant-languages",
                t => t.Replace("[43061]", "[4306]", StringComparison.Ordinal)), Verdict.Contradicted),
        ("CRS-F16-dominant",
            Text("published/external/open-assistant", t => t.Replace("161443", "261443", StringComparison.Ordinal)), Verdict.Contradicted),
        ("CRS-S5.1.1-single-prompt-trees",
            Text("published/external/open-assistant", t => t.Replace("161443", "191443", StringComparison.Ordinal)), Verdict.Inconclusive),
        ("CRS-S5.1.1-single-prompt-trees",
            Text("published/external/open-assistant", t => t.Replace("161443", "111443", StringComparison.Ordinal)), Verdict.Contradicted),
        ("CRS-S5.1.2-label-names",
            Text("published/crs/section-5-1-2-ratings",
                t => t.Replace("[toxicity]", "[rudeness]", StringComparison.Ordinal)), Verdict.Contradicted),
        ("CRS-S5.2-epochs-sft", Value("crs/S5.2", "CRS-S5.2-epochs-sft", "value", "2", "3"), Verdict.Contradicted),
        ("CRS-S5.5.1-randomised",
            Mutation.OfFacts(
                "order", $"{Final}/final_rank002_vs_abs002.json",
                f => f["rows"]!.AsArray().ToList().ForEach(row => row!["switched"] = false), string.Empty), Verdict.Contradicted),
        ("CRS-S5.5.2-same-rank",
            Mutation.OfFacts(
                "ranks", $"{Study}/original-user-study-ws-run-2.json",
                f => f["prompts"]!.AsArray().SelectMany(p => p!.AsArray()).ToList().ForEach(v => v!["ranks"] = new JsonArray(1, 2, 3)),
                string.Empty), Verdict.Contradicted),
        ("CRS-S5.5.1-less-expensive",
            Cell("derived/alpaca_eval_annotator_metrics.csv", "alpaca_eval_gpt4_turbo_fn", "price_per_1000", "14"), Verdict.Contradicted),
        ("CRS-S6.1-0625-worst", Wins($"{Final}/final_abs002_vs_crs0625.json", "crs_0625", 40), Verdict.Contradicted),
        ("CRS-S6.1-abs-gets-worse", Wins($"{Final}/final_abs002_vs_crs0625.json", "crs_0625", 40), Verdict.Contradicted),
        ("CRS-S6.2-bias-of-training-data",
            Cell("derived/notebook_numbers.csv", "training_score_length_corr", "value", "-0.2"), Verdict.Contradicted),
        ("CRS-S6.2-bias-of-training-data",
            Cell("derived/notebook_numbers.csv", "training_score_length_corr", "value", "0.02"), Verdict.Inconclusive),
        ("CRS-S6.2-four-rlhf", Value("crs/S6.2", "CRS-S6.2-four-rlhf", "models", "4", "3"), Verdict.Contradicted),
        ("CRS-S6.2-pref-best-oasst", Table13("preference_reward_model", "36%, 44%, 68%, 0%"), Verdict.Contradicted),
        ("CRS-S6.2-pref-better-oasst", Table13("preference_reward_model", "36%, 60%, 68%, 56%"), Verdict.Contradicted),
        ("CRS-S6.2-pref-better-oasst", Table13("preference_reward_model", "36%, 44%, 48%, 56%"), Verdict.Holds),
        ("CRS-S7.2-weights-from-0-to-1",
            Text("published/crs/table-10",
                t => t.Replace("crs_rlhf_0375:", "crs_rlhf_03:", StringComparison.Ordinal)), Verdict.Contradicted),
        ("CRS-S7.3-superiority",
            Mutation.OfPrintedValue(
                "margin", "crs/S7.3", "CRS-S7.3-margin-crs-pref", "margin", "1.4", "2.4", string.Empty), Verdict.Contradicted),
        ("CRS-S7.3-margin-abs-crs", Value("crs/S7.3", "CRS-S7.3-ci-abs_vs_crs", "half_width", "9.33%", "9.51%"), Verdict.Contradicted),
        ("CRS-S7.3-clear-consensus", Merged(["rank", "crs", "abs"]), Verdict.Contradicted),
        ("CRS-S7.3-no-clear-trend", Categories("Creative"), Verdict.Contradicted),
        ("CRS-S8-complete-data",
            Cell("derived/notebook_numbers.csv", "abs_train_after_undersampling", "value", "19000"), Verdict.Contradicted),
        ("CRS-S8-complete-data", Cell("derived/notebook_numbers.csv", "abs_train_rows", "value", "19891"), Verdict.Holds),
        ("CRS-S8.1-agrees-more", Table13("abs_reward_model", "100%, 100%, 100%, 100%"), Verdict.Holds),
        ("CRS-S8.1-agrees-more", Table13("abs_reward_model", "0%, 0%, 0%, 0%"), Verdict.Contradicted),
        ("CRS-S8.1-not-over-sft", Wins($"{Final}/final_abs002_vs_sft.json", "abs", 60), Verdict.Contradicted),
        ("CRS-S8.2-T24", Cell("derived/notebook_numbers.csv", "pref_rm_best_minus_worst", "value", "0.179"), Verdict.Contradicted),
        ("CRS-T24-header",
            Rows("published/crs/table-24-27-headers", "table", "one, two, three, four"), Verdict.Holds),
        ("CRS-T9-annotators",
            Mutation.OfFacts(
                "votes", $"{Study}/original-user-study-ws-run-2.json", f => f["prompts"]![0]!.AsArray().RemoveAt(0), string.Empty),
            Verdict.Contradicted),
        ("CRS-X-position-final", SecondWins($"{Final}/final_rank002_vs_crs0625.json"), Verdict.Inconclusive),
        ("CRS-X-position-roles", Wins($"{Final}/final_rank002_run1_vs_abs002_run1.json", "rank_002", 0), Verdict.Inconclusive),
    ];

    /// <summary>Numbers of the cases, with their claims.</summary>
    public static TheoryData<int, string> Numbers
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (var (number, (claim, _, verdict)) in Cases.Index())
            {
                data.Add(number, $"{claim} {verdict}");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Another_input_gives_another_verdict(int number, string name)
    {
        name.Should().NotBeEmpty();
        var (claim, change, verdict) = Cases[number];
        var changed = laboratory.Changed(change);
        changed.Should().ContainKey(claim);
        var (before, after) = changed[claim];
        after.Error.Should().BeNull();
        (after.Verdict == before.Verdict, after.Verdict).Should().Be((false, verdict));
    }

    private static Mutation Text(string file, Func<string, string> edit) => new(file, $"{file}.yaml", file, edit, []);

    private static Mutation Cell(string path, string key, string column, string value) =>
        Mutation.OfReleasedCell(path, path, key, column, value, string.Empty);

    private static Mutation Value(string file, string claim, string value, string from, string to) =>
        Mutation.OfPrintedValue(value, file, claim, value, from, to, string.Empty);

    // All rows of a table whose names begin so.
    private static Mutation Rows(string file, string name, string cells) =>
        Text(file, t => Regex.Replace(t, $@"^(  {name}\w+): .*$", $"$1: [{cells}]", RegexOptions.Multiline));

    private static Mutation Table13(string model, string cells) =>
        Text("published/crs/table-13", t => Regex.Replace(t, $@"^  {model}: .*$", $"  {model}: [{cells}]", RegexOptions.Multiline));

    private static Mutation Row(string row, string cells) =>
        Text("published/adr/table-1", t => Regex.Replace(t, $@"^  {row}: .*$", $"  {row}: [{cells}]", RegexOptions.Multiline));

    // All adaptive and all plain scores of some rows; null stands for the score of the base model.
    private static Mutation Columns(string rows, double? adaptive, double? plain) => Text("published/adr/table-1", t => Regex.Replace(
        t,
        $@"^  ({rows}): \[([\d.]+), .*$",
        row =>
        {
            var (low, high) = (Score(plain, row), Score(adaptive, row));
            return Invariant($"  {row.Groups[1].Value}: [{row.Groups[2].Value}, {low}, {high}, {low}, {high}, {low}, {high}]");
        },
        RegexOptions.Multiline));

    private static string Score(double? score, Match row) => score is { } number ? Invariant($"{number}") : row.Groups[2].Value;

    // The first judgements are won by a model, the others lost.
    private static Mutation Wins(string path, string model, int wins) => Mutation.OfFacts(
        path,
        path,
        facts =>
        {
            foreach (var (place, row) in facts["rows"]!.AsArray().Index())
            {
                var side = row!["generator1"]!.GetValue<string>() == model ? 1 : 2;
                row["preference"] = place < wins ? side : 3 - side;
            }
        },
        string.Empty);

    // The answer shown second always wins: 58 of 100 for one model, none due to it.
    private static Mutation SecondWins(string path) => Mutation.OfFacts(
        path,
        path,
        facts =>
        {
            foreach (var row in facts["rows"]!.AsArray())
            {
                row!["preference"] = row["switched"]!.GetValue<bool>() ? 1 : 2;
            }
        },
        string.Empty);

    private static string Winner(JsonNode row) => row[$"generator{row["preference"]}"]!.GetValue<string>();

    private static Mutation Merged(string[] order) => Mutation.OfFacts(
        "merged",
        $"{Study}/final_user-study-ws-run-3.json",
        facts =>
        {
            for (var i = 0; i < facts["rankings"]!.AsArray().Count; i++)
            {
                facts["rankings"]![i] = new JsonArray([.. order.Select(m => (JsonNode)m)]);
            }
        },
        string.Empty);

    // Puts all OASST prompts that preference_rlhf wins into one category and the others into another.
    private static Mutation Categories(string category)
    {
        var file = Path.Combine(RepositoryRoot.Find(), "fixtures", "artifacts", $"{Final}/final_rank002_vs_abs002.json.facts.json");
        var judged = JsonNode.Parse(File.ReadAllText(file))!["facts"]!["rows"]!.AsArray().Select(row => row!);
        var won = judged.Where(r => Winner(r) == "rank_002").Select(r => r["prompt"]!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        return Mutation.OfFacts(
            "categories",
            "data/eval_final_prompt_category.json",
            facts =>
            {
                foreach (var row in facts["rows"]!.AsArray().Where(r => r!["dataset"]!.GetValue<string>() == "oasst"))
                {
                    row!["category"] = won.Contains(row["prompt"]!.GetValue<string>()) ? category : "Reasoning";
                }
            },
            string.Empty);
    }
}
