using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Data;
using Repro.Core.Evaluation.Rankings;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Study;

/// <summary>Rankings as JSON lines.</summary>
internal static class StudyExport
{
    internal static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A row for each ranking: the prompt, who ranked, models, ranks, the ballot that rankings are merged from, and the order
    /// shown; of two answers also <c>winner</c> (a, b or tie), which <c>compare --judgements</c> reads.</summary>
    internal static IEnumerable<JsonObject> Rankings(StudyStore store, bool history)
    {
        foreach (var ranking in history ? store.History() : store.Current())
        {
            var item = store.Items[ranking.Item];
            var models = item.Answers.Select(answer => answer.Model).ToList();
            var row = ChatRows.Prompt(item.Prompt);
            (row["item"], row["rater"], row["revision"]) = (item.Key, ranking.Rater, ranking.Revision);
            (row["models"], row["ranks"], row["ballot"]) =
                (Json(models), new JsonArray([.. ranking.Ranks.Select(rank => JsonValue.Create(rank))]), Json(Ballot(item, ranking)));
            row["shown"] = Json(ranking.Shown.Select(place => models[place]));
            (row["seconds"], row["at"]) = (ranking.Seconds, ranking.At);
            if (models.Count == 2)
            {
                row["winner"] = Math.Sign(ranking.Ranks[0] - ranking.Ranks[1]) switch { < 0 => "a", > 0 => "b", _ => "tie" };
            }

            yield return row;
        }
    }

    /// <summary>A row for each pair of answers that a rater tells apart, with <c>chosen</c> and <c>rejected</c>, as training reads
    /// them.</summary>
    internal static IEnumerable<JsonObject> Preferences(StudyStore store)
    {
        foreach (var ranking in store.Current())
        {
            var item = store.Items[ranking.Item];
            var pairs = from better in Enumerable.Range(0, item.Answers.Count)
                        from worse in Enumerable.Range(0, item.Answers.Count)
                        where ranking.Ranks[better] < ranking.Ranks[worse]
                        select (Better: better, Worse: worse);
            foreach (var (better, worse) in pairs)
            {
                yield return new JsonObject
                {
                    ["prompt"] = Messages(item.Prompt),
                    ["chosen"] = Messages([new ChatMessage(ChatRole.Assistant, item.Answers[better].Text)]),
                    ["rejected"] = Messages([new ChatMessage(ChatRole.Assistant, item.Answers[worse].Text)]),
                };
            }
        }
    }

    /// <summary>Models best first; equal ranks stand in the order in which they were shown.</summary>
    internal static IReadOnlyList<string> Ballot(StudyItem item, Ranking ranking) => Ballots.FromRanks(
        [.. ranking.Shown.Select(place => item.Answers[place].Model)], [.. ranking.Shown.Select(place => ranking.Ranks[place])]);

    private static JsonArray Json(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static JsonArray Messages(IEnumerable<ChatMessage> messages) => new([.. messages.Select(message =>
        new JsonObject { ["role"] = message.Role.ToString().ToLowerInvariant(), ["content"] = message.Content })]);
}

/// <summary>The files of a study that was made with Argilla, in the form in which the thesis' author released them.</summary>
internal static class ArgillaFiles
{
    private const string Keys = "all_keys.json";

    /// <summary>Reads a folder: <c>all_keys.json</c>, and for its group N <c>original*run-(N+1).json</c> with the votes and
    /// <c>*_run_N.json</c> with the responses.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="database">The study to make.</param>
    /// <exception cref="InputException">A file is missing or malformed, or two do not fit together.</exception>
    internal static StudyStore Import(string folder, string database)
    {
        var keys = ModelKeyFacts.Parse(File(folder, Keys)).Groups;
        var items = new List<StudyItem>();
        for (var g = 0; g < keys.Count; g++)
        {
            var file = File(folder, Invariant($"*_run_{g}.json"));
            var rows = file.JsonList();
            if (rows.Count != keys[g].Prompts.Count)
            {
                throw new InputException(Invariant($"{file.Path}: {rows.Count} prompts, {Keys} has {keys[g].Prompts.Count} in {keys[g].Name}"));
            }

            items.AddRange(rows.Select((row, i) => Item(row, keys[g].Name, keys[g].Prompts[i], Invariant($"{file.Path}: entry {i}"))));
        }

        var votes = Enumerable.Range(0, keys.Count).Select(g => Votes(File(folder, Invariant($"original*run-{g + 1}.json")), keys[g])).ToList();
        var store = StudyStore.Create(database, 0, StudyFiles.WithKeys(items));
        foreach (var (vote, item) in votes.SelectMany(group => group).SelectMany((prompt, i) => prompt.Select(vote => (vote, i))))
        {
            var rater = store.ByName(vote.Annotator) ?? store.AddRater(vote.Annotator);
            store.Save(rater, item, vote.Ranks, vote.Order, null, null);
        }

        return store;
    }

    /// <summary>Writes the files that <see cref="Import"/> reads, and <c>final_*</c>: the rankings of each prompt merged by ranked pairs,
    /// ties in the order of the models' names.</summary>
    /// <returns>The files.</returns>
    internal static IReadOnlyList<string> Export(StudyStore store, string folder)
    {
        Directory.CreateDirectory(folder);
        var rankings = store.Current().ToLookup(ranking => ranking.Item);
        var groups = store.Items.Select((item, i) => (Item: item, Number: i)).GroupBy(entry => entry.Item.Group, StringComparer.Ordinal).ToList();
        var (keys, files) = (new JsonObject(), new List<string>());
        for (var g = 0; g < groups.Count; g++)
        {
            var entries = groups[g].ToList();
            var models = new JsonObject();
            foreach (var (item, _) in entries)
            {
                models[Instruction(item)] = new JsonObject(item.Answers.Select((answer, i) =>
                    KeyValuePair.Create(Invariant($"{i}"), (JsonNode?)answer.Model)));
            }

            keys[groups[g].Key.Length > 0 ? groups[g].Key : Invariant($"run_num{g}")] = models;
            files.Add(Write(folder, Invariant($"humaneval_run_{g}.json"), new JsonArray([.. entries.Select(entry => Responses(entry.Item))]), 4));
            files.Add(Write(folder, Invariant($"original-user-study-ws-run-{g + 1}.json"),
                new JsonArray([.. entries.Select(entry => new JsonArray([.. rankings[entry.Number].Select(Vote)]))]), 1));
            files.Add(Write(folder, Invariant($"final_user-study-ws-run-{g + 1}.json"),
                new JsonArray([.. entries.Select(entry => Merged(entry.Item, rankings[entry.Number]))]), 4));
        }

        files.Add(Write(folder, Keys, keys, 4));
        return files;
    }

    private static StudyItem Item(JsonElement row, string group, ModelKeyFacts.Prompt key, string where)
    {
        var instruction = row.Text("instruction", where);
        if (PromptKey.Of(instruction) != key.Key)
        {
            throw new InputException($"{where}: the prompt is another than the one at this place of {group} in {Keys}");
        }

        return StudyItem.Checked(new StudyItem(string.Empty, group, [new ChatMessage(ChatRole.User, instruction)],
            [.. key.Models.Select((model, i) => new StudyAnswer(model, row.Text(Invariant($"response-{i + 1}"), where)))]), where);
    }

    private static IReadOnlyList<IReadOnlyList<VoteFacts.Vote>> Votes(RawFile file, ModelKeyFacts.Group key)
    {
        var votes = VoteFacts.Parse(file).Prompts;
        return votes.Count == key.Prompts.Count ? votes
            : throw new InputException(Invariant($"{file.Path}: votes on {votes.Count} prompts, {key.Name} has {key.Prompts.Count}"));
    }

    private static RawFile File(string folder, string pattern)
    {
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        return found.Length == 1 ? new RawFile(found[0], System.IO.File.ReadAllBytes(found[0]))
            : throw new InputException(Invariant($"{folder}: one file {pattern} was expected, found {found.Length}"));
    }

    private static string Instruction(StudyItem item) => string.Join("\n\n", item.Prompt.Select(message => message.Content));

    private static JsonObject Responses(StudyItem item)
    {
        var row = new JsonObject { ["instruction"] = Instruction(item) };
        for (var i = 0; i < item.Answers.Count; i++)
        {
            row[Invariant($"response-{i + 1}")] = item.Answers[i].Text;
        }

        return row;
    }

    private static JsonObject Vote(Ranking ranking)
    {
        var row = new JsonObject(ranking.Ranks.Select((rank, i) => KeyValuePair.Create(Invariant($"response-{i + 1}"), (JsonNode?)rank)))
        {
            ["annotator"] = ranking.Rater,
        };
        row["value_order"] = new JsonArray([.. ranking.Shown.Select(place => JsonValue.Create(Invariant($"response-{place + 1}")))]);
        return row;
    }

    private static JsonArray Merged(StudyItem item, IEnumerable<Ranking> rankings)
    {
        var ballots = rankings.Select(ranking => StudyExport.Ballot(item, ranking)).ToList();
        return ballots.Count == 0 ? [] : new JsonArray([.. RankedPairs.ByName(ballots).Select(model => JsonValue.Create(model))]);
    }

    private static string Write(string folder, string name, JsonNode content, int indent)
    {
        var path = Path.Combine(folder, name);
        var options = new JsonSerializerOptions(StudyExport.Plain) { WriteIndented = true, IndentSize = indent, NewLine = "\n" };
        Core.AtomicFile.WriteText(path, content.ToJsonString(options));
        return path;
    }
}
