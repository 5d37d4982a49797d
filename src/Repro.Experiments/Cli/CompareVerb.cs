using System.CommandLine;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Rankings;

namespace Repro.Experiments.Cli;

/// <summary><c>compare</c>: how often the responses of one file beat those of another to the same prompts.</summary>
internal static class CompareVerb
{
    internal static Command Create()
    {
        var first = new Argument<string>("a")
        {
            Description = "JSON lines with 'prompt' or 'messages', and 'response', as generate writes them.",
        };
        var second = new Argument<string>("b") { Description = "Likewise; rows are paired by their prompts." };
        var reward = new ModelOptions("--reward", "without it and --judgements the rows have a 'score', as score writes it.");
        var judgements = new Option<string?>("--judgements")
        {
            Description = "Rows with the prompt and 'preference' (1 for A, 2 for B, 1.5 for a tie) or 'winner' (a, b or tie).",
        };
        var length = ScoreVerb.MaxLength();
        var command = new Command("compare", "Win rate of A against B, ties counting half, with an exact interval. --out has each pair.")
        {
            first, second, judgements, length,
        };
        reward.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var output = arguments.InvocationConfiguration.Output;
                if (reward.IsGiven(arguments) && arguments.GetValue(judgements) is not null)
                {
                    throw new ReproException("give either --reward or --judgements, not both");
                }

                if (!reward.IsGiven(arguments))
                {
                    reward.RefuseWithout(arguments, "--reward, the reward model that compares", length);
                }

                reward.RefuseOutOf(arguments, "the first responses", arguments.GetValue(first));
                reward.RefuseOutOf(arguments, "the second responses", arguments.GetValue(second));
                var pairs = ResponsePairs.Read(arguments.GetValue(first)!, arguments.GetValue(second)!);
                foreach (var line in pairs.Lines())
                {
                    output.WriteLine(line);
                }

                var judged = reward.IsGiven(arguments) ? ByReward(arguments, reward, pairs.Pairs, arguments.GetValue(length), cancellation)
                    : arguments.GetValue(judgements) is { } file ? ByJudgement(file, pairs.Pairs, output)
                    : ByOwnScores(pairs.Pairs);
                if (judged.Count == 0)
                {
                    throw new ReproException("there is no pair to compare");
                }

                if (reward.HasOut(arguments))
                {
                    reward.Write(arguments, file => judged.ForEach(pair => file.WriteLine(pair.Row().ToJsonString(GenerateVerb.Plain))));
                }

                output.WriteLine(Summary(PairedWins.Count(judged.Select(pair => pair.Difference)), pairs.HasSeveral));
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static List<JudgedPair> ByReward(
        ParseResult arguments, ModelOptions reward, IReadOnlyList<ResponsePair> pairs, int maxLength, CancellationToken cancellation)
    {
        using var scorer = RewardScorer.Load(reward, arguments, maxLength, cancellation);
        var texts = pairs.SelectMany(pair => new[] { pair.First, pair.Second }).Select(side => side.Text);
        return [.. scorer.Scores(texts, reward.Batch(arguments), cancellation).Chunk(2)
            .Zip(pairs, (scores, pair) => new JudgedPair(pair, scores[0] - scores[1], scores))];
    }

    private static List<JudgedPair> ByOwnScores(IReadOnlyList<ResponsePair> pairs) =>
        [.. pairs.Select(pair => new JudgedPair(pair, pair.First.Score() - pair.Second.Score(),
            [pair.First.Score(), pair.Second.Score()]))];

    private static List<JudgedPair> ByJudgement(string file, IReadOnlyList<ResponsePair> pairs, TextWriter output)
    {
        var waiting = new Dictionary<string, Queue<ResponsePair>>(StringComparer.Ordinal);
        foreach (var group in pairs.GroupBy(pair => ChatRows.Key(pair.First.Text.Prompt)))
        {
            waiting.Add(group.Key, new Queue<ResponsePair>(group));
        }

        var (judged, strangers) = (new List<JudgedPair>(), 0);
        foreach (var (row, prompt, where) in ChatRows.Read(file))
        {
            var difference = Difference(row, where);
            if (waiting.TryGetValue(ChatRows.Key(prompt), out var queue) && queue.TryDequeue(out var pair))
            {
                judged.Add(new JudgedPair(pair, difference, null));
            }
            else
            {
                strangers++;
            }
        }

        if (judged.Count < pairs.Count || strangers > 0)
        {
            var alone = pairs.Count - judged.Count;
            output.WriteLine(
                Invariant($"{alone} {InvariantText.Noun(alone, "pair")} {(alone == 1 ? "has" : "have")} no judgement, ")
                + Invariant($"{strangers} {InvariantText.Noun(strangers, "judgement")} no pair; both are left out"));
        }

        return judged;
    }

    /// <summary>Who won by a row: 1 for the first answer, -1 for the second, 0 for a tie. The numbers are those of AlpacaEval, the words
    /// those of Chatbot Arena.</summary>
    /// <exception cref="ReproException">It does not say.</exception>
    internal static double Difference(JsonObject row, string where)
    {
        var value = row["preference"] ?? row["winner"];
        return value?.ToString().ToLowerInvariant() switch
        {
            "1" or "1.0" or "a" or "model_a" or "model_1" => 1,
            "2" or "2.0" or "b" or "model_b" or "model_2" => -1,
            "1.5" or "0" or "0.0" or "tie" or "tie (bothbad)" => 0,
            _ => throw new ReproException($"{where}: 'preference' 1, 2 or 1.5, or 'winner' a, b or tie was expected, "
                + $"found {value?.ToJsonString() ?? "none"}"),
        };
    }

    private static string Summary(PairedWins rate, bool hasSeveral)
    {
        var counts = Invariant($"A wins {100 * rate.Rate:F1}% of {rate.Pairs} {InvariantText.Noun(rate.Pairs, "pair")}: ")
            + Invariant($"{rate.Wins} won, {rate.Losses} lost, {rate.Ties} {InvariantText.Noun(rate.Ties, "tie")}, counted half; ");
        if (rate.Decided == 0)
        {
            return counts + "no pair was decided, so there is no interval";
        }

        var interval = rate.Interval();
        var dependent = hasSeveral ? "; responses to one prompt are not independent, so it is too narrow" : string.Empty;
        return counts
            + Invariant($"95% interval {100 * interval.Lower:F1} to {100 * interval.Upper:F1} (Clopper-Pearson{dependent}), ")
            + Invariant($"exact p against equal {rate.PValue:G3}");
    }

    private sealed record JudgedPair(ResponsePair Pair, double Difference, double[]? Scores)
    {
        internal JsonObject Row()
        {
            var row = ChatRows.Prompt(Pair.First.Text.Prompt);
            (row["a"], row["b"]) = (Pair.First.Text.Response, Pair.Second.Text.Response);
            if (Scores is not null)
            {
                (row["a_score"], row["b_score"]) = (Scores[0], Scores[1]);
            }

            row["winner"] = Difference > 0 ? "a" : Difference < 0 ? "b" : "tie";
            return row;
        }
    }
}

/// <summary>A response of a file.</summary>
/// <param name="Text">Prompt, response, and where it stands.</param>
/// <param name="Row">The whole row.</param>
internal sealed record ResponseRow(ScoredText Text, JsonObject Row)
{
    /// <summary>The score that the row brings.</summary>
    /// <exception cref="ReproException">It brings none.</exception>
    internal double Score() => Row["score"] is JsonValue value && value.TryGetValue(out double score) && double.IsFinite(score) ? score
        : throw new ReproException($"{Text.Where}: a number 'score' was expected, as neither --reward nor --judgements is given");
}

/// <summary>Two responses to one prompt.</summary>
/// <param name="First">That of file A.</param>
/// <param name="Second">That of file B.</param>
internal sealed record ResponsePair(ResponseRow First, ResponseRow Second);

/// <summary>The rows of two files with the same prompt side by side, in the order of the first file. Of several responses to a prompt the
/// first goes with the first, the second with the second.</summary>
/// <param name="Pairs">The pairs.</param>
/// <param name="WithoutPartner">Rows of A and of B that have none.</param>
/// <param name="HasSeveral">Whether a prompt has more than one pair.</param>
internal sealed record ResponsePairs(IReadOnlyList<ResponsePair> Pairs, (int First, int Second) WithoutPartner, bool HasSeveral)
{
    internal static ResponsePairs Read(string first, string second)
    {
        var partners = Rows(second).GroupBy(Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new Queue<ResponseRow>(group));
        var (pairs, alone, seen, hasSeveral) = (new List<ResponsePair>(), 0, new HashSet<string>(StringComparer.Ordinal), false);
        foreach (var row in Rows(first))
        {
            if (!partners.TryGetValue(Key(row), out var queue) || !queue.TryDequeue(out var partner))
            {
                alone++;
                continue;
            }

            hasSeveral |= !seen.Add(Key(row));
            pairs.Add(new ResponsePair(row, partner));
        }

        return new ResponsePairs(pairs, (alone, partners.Values.Sum(queue => queue.Count)), hasSeveral);
    }

    /// <summary>What is left out, for people; nothing where every row has a partner.</summary>
    internal IEnumerable<string> Lines() => WithoutPartner == (0, 0) ? []
        : [Invariant($"{WithoutPartner.First} {InvariantText.Noun(WithoutPartner.First, "row")} of A and {WithoutPartner.Second} of B ")
            + "have no partner with the same prompt and are left out"];

    private static string Key(ResponseRow row) => ChatRows.Key(row.Text.Prompt);

    private static IEnumerable<ResponseRow> Rows(string path) => ChatRows.Read(path)
        .Select(row => new ResponseRow(new ScoredText(row.Prompt, ChatRows.Text(row.Row, "response", row.Where), row.Where), row.Row));
}
