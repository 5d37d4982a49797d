using System.CommandLine;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Cli;

/// <summary><c>score</c>: what a reward model makes of responses or of pairs, as JSON lines.</summary>
internal static class ScoreVerb
{
    internal static Command Create()
    {
        var model = new ModelOptions();
        var data = new Option<string>("--data")
        {
            Description = "Rows with 'prompt' or 'messages', and 'response'; or preferences in any format of train, "
                + "such as 'chosen' and 'rejected'.",
            Required = true,
        };
        var length = MaxLength();
        var command = new Command(
            "score", "Scores responses with a reward model; writes the rows with 'score' added. "
                + "Of pairs it says the accuracy too.") { data, length };
        model.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var path = arguments.GetValue(data)!;
                if (PairFormat(path, cancellation) is { } format)
                {
                    ScorePairs(arguments, model, arguments.GetValue(length), (path, format), cancellation);
                }
                else
                {
                    ScoreRows(arguments, model, arguments.GetValue(length), path, cancellation);
                }

                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    internal static Option<int> MaxLength() => new Option<int>("--max-length")
    {
        Description = "Tokens of prompt and response together.",
        DefaultValueFactory = _ => 2048,
    }.Limit(new AtLeastAttribute(1));

    private static void ScoreRows(ParseResult arguments, ModelOptions model, int maxLength, string path, CancellationToken cancellation)
    {
        var rows = ChatRows.Read(path).Select(row => (row.Row,
            Text: new ScoredText(row.Prompt, ChatRows.Text(row.Row, "response", row.Where), row.Where)))
            .ToList();
        using var scorer = RewardScorer.Load(model, arguments, maxLength, cancellation);
        var scores = scorer.Scores(rows.Select(row => row.Text), model.Batch(arguments), cancellation);
        model.Write(arguments, output =>
        {
            foreach (var (row, score) in rows.Zip(scores))
            {
                var line = (JsonObject)row.Row.DeepClone();
                (line["score"], line["scored_by"]) = (score, scorer.Identity.ToJson());
                output.WriteLine(line.ToJsonString(GenerateVerb.Plain));
            }
        });
    }

    private static void ScorePairs(ParseResult arguments, ModelOptions model, int maxLength, (string Path, DataFormat Format) data,
        CancellationToken cancellation)
    {
        var error = arguments.InvocationConfiguration.Error;
        var notes = new ReadNotes();
        var groups = data.Format.Read<PreferenceGroup>(new ReadRequest(data.Path, new DatasetSettings { Path = data.Path }, notes,
            cancellation)).ToList();
        foreach (var line in notes.Lines())
        {
            error.WriteLine(line);
        }

        if (groups.Count == 0)
        {
            throw new ReproException($"{data.Path}: no pair was found");
        }

        using var scorer = RewardScorer.Load(model, arguments, maxLength, cancellation);
        var texts = groups.SelectMany(group => group.Replies.Select(reply =>
            new ScoredText(group.Prompt, reply.Text, group.Origin.ToString())));
        using var scores = scorer.Scores(texts, model.Batch(arguments), cancellation).GetEnumerator();
        var scored = new List<IReadOnlyList<double>>();
        model.Write(arguments, output =>
        {
            foreach (var group in groups)
            {
                scored.Add(Take(scores, group.Replies.Count));
                var row = Row(group, scored[^1]);
                row["scored_by"] = scorer.Identity.ToJson();
                output.WriteLine(row.ToJsonString(GenerateVerb.Plain));
            }
        });
        error.WriteLine(Summary(groups, scored));
    }

    private static double[] Take(IEnumerator<double> scores, int count)
    {
        var taken = new double[count];
        for (var i = 0; i < count; i++)
        {
            scores.MoveNext();
            taken[i] = scores.Current;
        }

        return taken;
    }

    private static JsonObject Row(PreferenceGroup group, IReadOnlyList<double> scores)
    {
        var row = ChatRows.Prompt(group.Prompt);
        row["item"] = group.Origin.Item;
        if (group.Replies.Count == 2 && group.Replies[0].Rank < group.Replies[1].Rank)
        {
            (row["chosen"], row["rejected"]) = (group.Replies[0].Text, group.Replies[1].Text);
            (row["chosen_score"], row["rejected_score"]) = (scores[0], scores[1]);
            return row;
        }

        row["replies"] = new JsonArray([.. group.Replies.Zip(scores, (reply, score) =>
            new JsonObject { ["text"] = reply.Text, ["rank"] = reply.Rank, ["score"] = score })]);
        return row;
    }

    // Replies of one rank are no pair. Ties of scores are no success, as in CRS Table 14.
    private static string Summary(List<PreferenceGroup> groups, List<IReadOnlyList<double>> scored)
    {
        var pairs = groups.Zip(scored).SelectMany(entry => Pairs(entry.First.Replies, entry.Second)).ToList();
        if (pairs.Count == 0)
        {
            return "accuracy: no two replies of one prompt have different ranks";
        }

        var accuracy = PairAccuracy.Compute(pairs);
        var interval = BinomialInterval.ClopperPearson(accuracy.Correct, accuracy.Pairs);
        var dependent = groups.Any(group => group.Replies.Count > 2) ? "; pairs of one prompt are not independent, so it is too narrow"
            : string.Empty;
        return Invariant($"accuracy {100 * accuracy.Accuracy:F1}%: {accuracy.Correct} of {accuracy.Pairs} pairs, ")
            + Invariant($"95% interval {100 * interval.Lower:F1} to {100 * interval.Upper:F1} (Clopper-Pearson{dependent}); ")
            + Invariant($"{accuracy.Ties} ties of scores count as wrong; mean margin {accuracy.MeanMargin:G4}");
    }

    private static IEnumerable<IReadOnlyList<double>> Pairs(IReadOnlyList<RankedReply> replies, IReadOnlyList<double> scores) =>
        from better in Enumerable.Range(0, replies.Count)
        from worse in Enumerable.Range(0, replies.Count)
        where replies[better].Rank < replies[worse].Rank
        select new[] { scores[better], scores[worse] };

    // Preferences in any format; null for rows of single responses.
    private static DataFormat? PairFormat(string path, CancellationToken cancellation)
    {
        try
        {
            var (format, _) = DataFormats.Detect(new DatasetSettings { Path = path }, cancellation);
            return format.Offers<PreferenceGroup>() ? format : null;
        }
        catch (ReproException)
        {
            // Not a data set; what is wrong with it as rows is said by their reader.
            return null;
        }
    }
}
