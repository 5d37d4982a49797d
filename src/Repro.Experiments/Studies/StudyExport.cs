using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Rankings;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Studies;

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
    private const string Prefix = "response-";

    /// <summary>Reads a folder: <c>all_keys.json</c>, and for its group N <c>original*run-(N+1).json</c> with the votes and
    /// <c>*_run_N.json</c> with the responses.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="database">The study to make; it is not made where something is wrong.</param>
    /// <param name="note">Takes what is left out.</param>
    /// <exception cref="ReproException">A file is missing or malformed, or two do not fit together.</exception>
    internal static StudyStore Import(string folder, string database, Action<string> note)
    {
        var keys = ModelKeyFacts.Parse(File(folder, Keys)).Groups;
        var (items, votes) = (new List<StudyItem>(), new List<ImportedVote>());
        for (var g = 0; g < keys.Count; g++)
        {
            var (key, first) = (keys[g], items.Count);
            var responses = Rows(File(folder, Invariant($"*_run_{g}.json")), key, note);
            items.AddRange(responses.Select((row, i) => Item(row.Content, key.Name, key.Prompts[i], row.Where)));
            var file = File(folder, Invariant($"original*run-{g + 1}.json"));
            var prompts = VoteFacts.Parse(file).Prompts;
            RequireCount(file, prompts.Count, key);
            votes.AddRange(prompts.SelectMany((prompt, i) =>
                Votes(prompt, first + i, key.Prompts[i].Models.Count, Invariant($"{file.Path}: entry {i}"))));
        }

        return StudyStore.Create(database, 0, StudyFiles.WithKeys(items), store => Fill(store, votes));
    }

    /// <summary>Writes the files that <see cref="Import"/> reads, and <c>final_*</c>: the rankings of each prompt merged by ranked pairs,
    /// ties in the order of the models' names. Roles of messages, times and rankings that were replaced have no place in them.</summary>
    /// <exception cref="ReproException">A prompt comes twice in a group.</exception>
    /// <returns>The files.</returns>
    internal static IReadOnlyList<string> Export(StudyStore store, string folder)
    {
        Directory.CreateDirectory(folder);
        var rankings = store.Current().ToLookup(ranking => ranking.Item);
        var groups = store.Items.Select((item, i) => (Item: item, Number: i))
            .GroupBy(entry => entry.Item.Group, StringComparer.Ordinal).ToList();
        foreach (var prompt in groups.SelectMany(group => group.CountBy(entry => PromptKey.Compute(Instruction(entry.Item)))))
        {
            if (prompt.Value > 1)
            {
                throw new ReproException("the prompt comes twice, and the files of Argilla tell items by their prompts: "
                    + Instruction(store.Items.First(item => PromptKey.Compute(Instruction(item)) == prompt.Key)));
            }
        }

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
            files.Add(Write(folder, Invariant($"humaneval_run_{g}.json"),
                new JsonArray([.. entries.Select(entry => Responses(entry.Item))]), 4));
            files.Add(Write(folder, Invariant($"original-user-study-ws-run-{g + 1}.json"),
                new JsonArray([.. entries.Select(entry => new JsonArray([.. rankings[entry.Number].Select(Vote)]))]), 1));
            files.Add(Write(folder, Invariant($"final_user-study-ws-run-{g + 1}.json"),
                new JsonArray([.. entries.Select(entry => Merged(entry.Item, rankings[entry.Number]))]), 4));
        }

        files.Add(Write(folder, Keys, keys, 4));
        return files;
    }

    private sealed record ImportedVote(string Where, int Item, VoteFacts.Vote Vote);

    private static List<(JsonElement Content, string Where)> Rows(RawFile file, ModelKeyFacts.Group key, Action<string> note)
    {
        var rows = file.JsonList().Select((row, i) => (row, Invariant($"{file.Path}: entry {i}"))).ToList();
        RequireCount(file, rows.Count, key);
        var others = rows.Where(row => row.row.ValueKind == JsonValueKind.Object).SelectMany(row => row.row.EnumerateObject())
            .Select(member => member.Name).Where(name => name != "instruction" && !name.StartsWith(Prefix, StringComparison.Ordinal))
            .Distinct().ToList();
        if (others.Count > 0)
        {
            note($"{file.Path}: left out: {string.Join(", ", others)}");
        }

        return rows;
    }

    private static void RequireCount(RawFile file, int count, ModelKeyFacts.Group key)
    {
        if (count != key.Prompts.Count)
        {
            throw new ReproException(Invariant($"{file.Path}: {count} prompts, {Keys} has {key.Prompts.Count} in {key.Name}"));
        }
    }

    private static StudyItem Item(JsonElement row, string group, ModelKeyFacts.Prompt key, string where)
    {
        var instruction = row.Text("instruction", where);
        if (PromptKey.Compute(instruction) != key.Key)
        {
            throw new ReproException($"{where}: the prompt is another than the one at this place of {group} in {Keys}");
        }

        var responses = row.EnumerateObject().Count(member => member.Name.StartsWith(Prefix, StringComparison.Ordinal));
        if (responses != key.Models.Count)
        {
            throw new ReproException(Invariant($"{where}: {responses} responses, {Keys} names {key.Models.Count} models"));
        }

        return StudyItem.Checked(new StudyItem(string.Empty, group, [new ChatMessage(ChatRole.User, instruction)],
            [.. key.Models.Select((model, i) => new StudyAnswer(model, row.Text(Invariant($"{Prefix}{i + 1}"), where)))]), where);
    }

    // Argilla keeps one response of a person to a record. A second one could be told neither from a repetition nor from a change of mind.
    private static IEnumerable<ImportedVote> Votes(IReadOnlyList<VoteFacts.Vote> prompt, int item, int models, string where)
    {
        if (prompt.FirstOrDefault(vote => vote.Ranks.Count != models) is { } wrong)
        {
            throw new ReproException(
                Invariant($"{where}: the vote of {wrong.Annotator} ranks {wrong.Ranks.Count} responses, {Keys} names {models} models"));
        }

        return prompt.CountBy(vote => vote.Annotator).FirstOrDefault(count => count.Value > 1) is { Key: { } twice }
            ? throw new ReproException($"{where}: two votes of {twice}; one of each annotator was expected")
            : prompt.Select(vote => new ImportedVote(where, item, vote));
    }

    private static void Fill(StudyStore store, IEnumerable<ImportedVote> votes)
    {
        var raters = new Dictionary<string, Rater>(StringComparer.Ordinal);
        foreach (var (where, item, vote) in votes)
        {
            if (!raters.TryGetValue(vote.Annotator, out var rater))
            {
                raters[vote.Annotator] = rater = Added(store, vote.Annotator, where);
            }

            store.Save(rater, item, vote.Ranks, vote.Order, null, null);
        }
    }

    private static Rater Added(StudyStore store, string annotator, string where)
    {
        try
        {
            return store.AddRater(annotator);
        }
        catch (ReproException e)
        {
            throw new ReproException($"{where}: annotator '{annotator}': {e.Message}", e);
        }
    }

    private static RawFile File(string folder, string pattern)
    {
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        return found.Length == 1 ? new RawFile(found[0], System.IO.File.ReadAllBytes(found[0]))
            : throw new ReproException(Invariant($"{folder}: one file {pattern} was expected, found {found.Length}"));
    }

    private static string Instruction(StudyItem item) => string.Join("\n\n", item.Prompt.Select(message => message.Content));

    private static JsonObject Responses(StudyItem item)
    {
        var row = new JsonObject { ["instruction"] = Instruction(item) };
        for (var i = 0; i < item.Answers.Count; i++)
        {
            row[Invariant($"{Prefix}{i + 1}")] = item.Answers[i].Text;
        }

        return row;
    }

    private static JsonObject Vote(Ranking ranking)
    {
        var row = new JsonObject(ranking.Ranks.Select((rank, i) => KeyValuePair.Create(Invariant($"{Prefix}{i + 1}"), (JsonNode?)rank)))
        {
            ["annotator"] = ranking.Rater,
        };
        row["value_order"] = new JsonArray([.. ranking.Shown.Select(place => JsonValue.Create(Invariant($"{Prefix}{place + 1}")))]);
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
        AtomicFile.WriteText(path, content.ToJsonString(options));
        return path;
    }
}
