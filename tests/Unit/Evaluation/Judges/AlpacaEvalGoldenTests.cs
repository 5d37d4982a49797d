using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Repro.Core.Data;
using Repro.Core.Evaluation.Judges;

namespace Repro.Tests.Unit.Evaluation.Judges;

/// <summary>Parsers, orders and scores against what AlpacaEval itself gave (../shared/design/judging.md has how it was computed).</summary>
public sealed class AlpacaEvalGoldenTests
{
    [AlpacaEvalFact]
    [Trait("Suite", "Goldens")]
    public void Parsers_give_what_AlpacaEval_gives()
    {
        var cases = AlpacaEvalGoldens.Json("parsers_reference.json").GetProperty("cases").EnumerateArray().ToList();
        var wrong = cases.Select(Complaint).OfType<string>();
        wrong.Should().BeEmpty();
        cases.Should().NotBeEmpty();
    }

    [AlpacaEvalFact]
    [Trait("Suite", "Goldens")]
    public void Every_pair_is_shown_in_the_order_of_AlpacaEval()
    {
        var parser = (LogprobParser)JudgeConvention.Load("weighted_alpaca_eval_gpt4_turbo").Parser;
        var (right, all) = (0, 0);
        foreach (var row in DataRows.Read(AlpacaEvalGoldens.File("falcon-7b-instruct.weighted.annotations.json")))
        {
            if (row.Text("output_1") == row.Text("output_2"))
            {
                continue;
            }

            var shown = (double)parser.Parse(AnswerParser.Plain(row.Element.GetProperty("raw_completion")))[0]!;
            var switched = AlpacaOrder.IsSwitched(row.Text("instruction"));
            right += Math.Abs((switched ? 3 - shown : shown) - row.Number("preference")) < 1e-9 ? 1 : 0;
            all++;
        }

        right.Should().Be(all).And.BeGreaterThan(0);
    }

    [AlpacaEvalFact]
    [Trait("Suite", "Goldens")]
    public void Win_rates_are_those_of_the_leaderboard()
    {
        var published = AlpacaEvalGoldens.Leaderboard("weighted_alpaca_eval_gpt4_turbo");
        var facts = AlpacaEvalGoldens.Facts().Where(model => published.ContainsKey(model.Key)).ToList();
        foreach (var (model, rows) in facts)
        {
            Compare(WinRate.Compute(rows.Select(row => (double?)row.Preference)), published[model], model);
        }

        facts.Should().NotBeEmpty();
    }

    [AlpacaEvalTheory]
    [Trait("Suite", "Goldens")]
    [InlineData("falcon-7b-instruct.weighted", "weighted_alpaca_eval_gpt4_turbo", 2.146617553167702, 0.454225792894195)]
    [InlineData("alpaca-7b.alpaca_eval_gpt4", "alpaca_eval_gpt4", 26.459627329192543, 1.535711469748)]
    public void Annotations_give_the_published_row(string file, string annotator, double rate, double error)
    {
        var read = Annotations.Read(AlpacaEvalGoldens.File($"{file}.annotations.json"));
        var winRate = WinRate.Compute(read.Select(row => row.Preference));
        winRate.Rate.Should().BeApproximately(rate, 1e-9);
        winRate.StandardError.Should().BeApproximately(error, 1e-9);
        var row = AlpacaEvalGoldens.Leaderboard(annotator)[file.Split('.')[0]];
        Compare(winRate, row, file);
        Annotations.MeanLength(read.Select(annotation => annotation.Pair.Output2)).Should().Be((int)row.Number("avg_length"));
    }

    [AlpacaEvalTheory]
    [Trait("Suite", "Goldens")]
    [StoredModel("alpaca-7b", 2.591450540223603, 0.4870855382635108)]
    [StoredModel("gpt4_gamed", 3.7383373713788823, 0.6278799633668313)]
    [StoredModel("FuseChat-Gemma-2-9B-Instruct", 70.49713534560247, 1.34263907848959)]
    public void Stored_preferences_give_the_published_row(string model, double rate, double error)
    {
        var winRate = WinRate.Compute(AlpacaEvalGoldens.Facts()[model].Select(row => (double?)row.Preference));
        winRate.Rate.Should().BeApproximately(rate, 1e-9);
        winRate.StandardError.Should().BeApproximately(error, 1e-9);
    }

    private static void Compare(WinRate winRate, Dictionary<string, string> row, string model)
    {
        winRate.Rate.Should().BeApproximately(row.Number("win_rate"), 1e-9, model);
        winRate.StandardError.Should().BeApproximately(row.Number("standard_error"), 1e-9, model);
        winRate.DiscreteRate.Should().BeApproximately(row.Number("discrete_win_rate"), 1e-9, model);
        (winRate.Wins, winRate.WinsBase, winRate.Draws, winRate.Total).Should().Be(
            ((int)row.Number("n_wins"), (int)row.Number("n_wins_base"), (int)row.Number("n_draws"), (int)row.Number("n_total")), model);
    }

    private static string? Complaint(JsonElement golden)
    {
        var raises = golden.GetProperty("error").ValueKind != JsonValueKind.Null;
        var expected = raises ? "an error" : Shown(AnswerParser.Plain(golden.GetProperty("output")));
        string found;
        try
        {
            var parser = Parser(golden.GetProperty("parser").GetString()!, golden.GetProperty("arguments"));
            found = Shown(parser.Parse(AnswerParser.Plain(golden.GetProperty("input"))).ToList());
        }
        catch (FormatException)
        {
            found = "an error";
        }

        return found == expected ? null : $"{golden.GetRawText()} gave {found}";
    }

    // What Python calls equal looks equal: 1 and 1.0, lists and tuples. Thirteen digits, since the last bits belong to the peer's exp.
    private static string Shown(object? value) => value switch
    {
        null => "null",
        "NaN" or double.NaN => "NaN",
        bool flag => flag ? "true" : "false",
        string text => JsonSerializer.Serialize(text),
        long or double or BigInteger => Convert.ToDouble(value is BigInteger big ? (double)big : value, CultureInfo.InvariantCulture)
            .ToString("G13", CultureInfo.InvariantCulture),
        IDictionary<object, object?> map => "{" + string.Join(", ", map.Select(pair => Shown(pair.Key) + ": " + Shown(pair.Value))
            .Order(StringComparer.Ordinal)) + "}",
        IEnumerable<object?> list => "[" + string.Join(", ", list.Select(Shown)) + "]",
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private static AnswerParser Parser(string name, JsonElement arguments)
    {
        JsonElement? Argument(string key) => arguments.TryGetProperty(key, out var value) ? value : null;
        return name switch
        {
            "ranking_parser" => new RankingParser { FirstName = Argument("model_1_name")?.GetString() ?? "model_1" },
            "regex_parser" => new RegexParser
            {
                OutputsToMatch = arguments.GetProperty("outputs_to_match").EnumerateObject()
                    .ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!),
            },
            "lmsys_parser" => new ScorePairParser(),
            "json_parser" => new JsonParser { AnnotationKey = Argument("annotation_key")?.GetString() },
            "eval_parser" => new LiteralParser(),
            "replace_parser" => new ReplaceParser
            {
                Replacer = arguments.GetProperty("replacer").EnumerateObject()
                    .ToDictionary(pair => pair.Name, pair => pair.Value.GetDouble()),
                DefaultReplacer = Argument("default_replacer") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null,
            },
            "logprob_parser" => new LogprobParser
            {
                NumeratorToken = arguments.GetProperty("numerator_token").GetString()!,
                DenominatorTokens = [.. arguments.GetProperty("denominator_tokens").EnumerateArray().Select(token => token.GetString()!)],
                IsBinarize = Argument("is_binarize")?.GetBoolean() ?? true,
                LogProbIndex = Argument("log_prob_index") is { ValueKind: JsonValueKind.Number } index ? index.GetInt32() : null,
            },
            "pipeline_meta_parser" => new PipelineParser
            {
                Parsers = [.. arguments.GetProperty("parsers_to_kwargs").EnumerateObject().Select(step => Parser(step.Name, step.Value))],
                IsSqueeze = Argument("is_squeeze")?.GetBoolean() ?? true,
            },
            _ => throw new NotSupportedException(name),
        };
    }
}
