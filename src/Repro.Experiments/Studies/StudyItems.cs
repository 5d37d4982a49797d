using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Randomness;

namespace Repro.Experiments.Studies;

/// <summary>An answer to rank.</summary>
/// <param name="Model">Who wrote it; never shown to raters.</param>
/// <param name="Text">The text; may be empty.</param>
internal sealed record StudyAnswer(string Model, string Text);

/// <summary>A prompt with the answers to it.</summary>
/// <param name="Key">Unique within the study.</param>
/// <param name="Group">Name of the group of annotators in files of Argilla; empty otherwise.</param>
/// <param name="Prompt">The messages before the answer.</param>
/// <param name="Answers">Two to four, in the order of the file.</param>
internal sealed record StudyItem(string Key, string Group, IReadOnlyList<ChatMessage> Prompt, IReadOnlyList<StudyAnswer> Answers)
{
    internal const int FewestAnswers = 2;
    internal const int MostAnswers = 4;

    // A page with more than this does not open in a browser within a second or two.
    private const int MostCharacters = 2_000_000;

    /// <summary>An item that a page can show.</summary>
    /// <exception cref="ReproException">It has too few, too many or too long answers, or no prompt.</exception>
    internal static StudyItem Checked(StudyItem item, string where)
    {
        if (item.Answers.Count is < FewestAnswers or > MostAnswers)
        {
            throw new ReproException(Invariant($"{where}: {FewestAnswers} to {MostAnswers} answers were expected, ")
                + Invariant($"found {item.Answers.Count}"));
        }

        if (item.Prompt.All(message => string.IsNullOrWhiteSpace(message.Content)))
        {
            throw new ReproException($"{where}: a prompt with something in it was expected");
        }

        if (item.Answers.GroupBy(answer => answer.Model, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new ReproException($"{where}: two answers are of '{twice.Key}'; one of each model was expected");
        }

        var length = item.Answers.Sum(answer => answer.Text.Length) + item.Prompt.Sum(message => message.Content.Length);
        return length <= MostCharacters ? item
            : throw new ReproException(Invariant($"{where}: the item has {length} characters, a page shows at most {MostCharacters}"));
    }

    /// <summary>The content as JSON, in which every character has a form that a database keeps.</summary>
    internal string Json()
    {
        var row = new JsonObject
        {
            ["messages"] = new JsonArray([.. Prompt.Select(message =>
                new JsonObject { ["role"] = message.Role.ToString(), ["content"] = message.Content })]),
            ["answers"] = new JsonArray([.. Answers.Select(answer =>
                new JsonObject { ["model"] = answer.Model, ["text"] = answer.Text })]),
        };
        return row.ToJsonString();
    }

    internal static StudyItem FromJson(string key, string group, string json)
    {
        var row = JsonNode.Parse(json)!;
        return new StudyItem(key, group,
            [.. row["messages"]!.AsArray().Select(m => new ChatMessage(Enum.Parse<ChatRole>((string)m!["role"]!), (string)m["content"]!))],
            [.. row["answers"]!.AsArray().Select(a => new StudyAnswer((string)a!["model"]!, (string)a["text"]!))]);
    }
}

/// <summary>In which order a person sees the answers to a prompt.</summary>
internal static class AnswerOrder
{
    /// <summary>A random order that is a function of the seed, the person and the item.</summary>
    /// <returns>Places of the answers, first shown first.</returns>
    internal static int[] Draw(long seed, string rater, string item, int count)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(Invariant($"{seed}\n{rater}\n{item}")));
        return Permutation.Draw(count, BitConverter.ToInt64(hash));
    }
}

/// <summary>Reads the items of a study.</summary>
internal static class StudyFiles
{
    /// <summary>The items of files, or of all files of folders: rows with several answers, or files with one answer a row that are joined
    /// by their prompts.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="note">Takes what is left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">A row cannot be shown; names file and line.</exception>
    internal static IReadOnlyList<StudyItem> Read(IEnumerable<string> paths, Action<string> note, CancellationToken cancellation)
    {
        var (whole, single) = (new List<StudyItem>(), new List<(string File, List<SingleAnswer> Rows)>());
        foreach (var file in paths.SelectMany(Files))
        {
            var rows = new List<SingleAnswer>();
            foreach (var (row, prompt, where) in PromptFile.Read(file, cancellation))
            {
                if (Several(row, where) is { Count: > 0 } answers)
                {
                    whole.Add(StudyItem.Checked(new StudyItem(string.Empty, string.Empty, prompt, answers), where));
                }
                else
                {
                    rows.Add(Single(row, prompt, where, Path.GetFileNameWithoutExtension(file)));
                }
            }

            if (rows.Count > 0)
            {
                single.Add((file, rows));
            }
        }

        if (whole.Count > 0 && single.Count > 0)
        {
            throw new ReproException($"{single[0].Rows[0].Where}: the row has one answer, other rows have several; "
                + "give files of one kind");
        }

        return WithKeys(whole.Count > 0 ? whole : Joined(single, note));
    }

    /// <summary>The items with keys that are unique: the hash of the prompt, and a number where it comes again.</summary>
    internal static IReadOnlyList<StudyItem> WithKeys(IReadOnlyList<StudyItem> items)
    {
        var (keyed, times) = (new List<StudyItem>(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var item in items)
        {
            var key = Origin.GroupOf(ChatRows.Key(item.Prompt));
            times[key] = times.GetValueOrDefault(key) + 1;
            keyed.Add(item with { Key = times[key] == 1 ? key : Invariant($"{key}-{times[key]}") });
        }

        return keyed;
    }

    private static IEnumerable<string> Files(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        var files = Directory.GetFiles(path).Where(file => Path.GetExtension(file) is ".json" or ".jsonl" or ".gz" or ".zst")
            .Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new ReproException($"{path}: the folder has no .jsonl or .json file");
    }

    private sealed record SingleAnswer(IReadOnlyList<ChatMessage> Prompt, StudyAnswer Answer, string Where);

    private static SingleAnswer Single(JsonObject row, IReadOnlyList<ChatMessage> prompt, string where, string file)
    {
        var key = row.ContainsKey("output") && !row.ContainsKey("response") ? "output" : "response";
        if (!row.ContainsKey(key))
        {
            throw new ReproException($"{where}: 'responses' (two to four), or one 'response' or 'output', was expected");
        }

        var model = row["generator"] is JsonValue name && name.TryGetValue(out string? text) ? text : file;
        return new SingleAnswer(prompt, new StudyAnswer(model, ChatRows.Text(row, key, where)), where);
    }

    // 'responses', the fields of Argilla, or the pairs of AlpacaEval.
    private static List<StudyAnswer> Several(JsonObject row, string where)
    {
        if (row["responses"] is JsonArray list)
        {
            var models = row["models"] as JsonArray;
            if (models is not null && models.Count != list.Count)
            {
                throw new ReproException(Invariant($"{where}: 'models' names {models.Count}, 'responses' has {list.Count}"));
            }

            return [.. list.Select((node, i) => Response(node, models?[i], i, where))];
        }

        if (row.ContainsKey("responses"))
        {
            throw new ReproException($"{where}: 'responses' must be a list");
        }

        var numbers = Enumerable.Range(1, StudyItem.MostAnswers + 1);
        if (row.ContainsKey("response-1"))
        {
            return [.. numbers.Select(i => Invariant($"response-{i}")).Where(row.ContainsKey)
                .Select(key => new StudyAnswer(key, ChatRows.Text(row, key, where)))];
        }

        return row.ContainsKey("output_1")
            ? [.. numbers.Where(i => row.ContainsKey(Invariant($"output_{i}"))).Select(i => new StudyAnswer(
                row[Invariant($"generator_{i}")]?.ToString() ?? Invariant($"output_{i}"),
                ChatRows.Text(row, Invariant($"output_{i}"), where)))]
            : [];
    }

    private static StudyAnswer Response(JsonNode? node, JsonNode? model, int index, string where) => node switch
    {
        JsonValue value when value.TryGetValue(out string? text) =>
            new StudyAnswer(model?.ToString() ?? Invariant($"response-{index + 1}"), text),
        JsonObject own => new StudyAnswer(
            model?.ToString() ?? own["model"]?.ToString() ?? Invariant($"response-{index + 1}"),
            ChatRows.Text(own, own.ContainsKey("text") ? "text" : "response", Invariant($"{where}: responses[{index}]"))),
        _ => throw new ReproException(Invariant($"{where}: responses[{index}] must be a text, or an object with 'model' and 'text'")),
    };

    private static List<StudyItem> Joined(IReadOnlyList<(string File, List<SingleAnswer> Rows)> files, Action<string> note)
    {
        if (files.Count is < StudyItem.FewestAnswers or > StudyItem.MostAnswers)
        {
            throw new ReproException(Invariant($"rows with one answer each: two to four files, one for each model, were expected, ")
                + Invariant($"found {files.Count}"));
        }

        var answers = files.Select(file => ByPrompt(file.Rows)).ToList();
        var (items, alone) = (new List<StudyItem>(), 0);
        foreach (var (key, first) in answers[0])
        {
            var found = answers.Select(file => file.GetValueOrDefault(key)).OfType<SingleAnswer>().ToList();
            if (found.Count < files.Count)
            {
                alone++;
                continue;
            }

            items.Add(StudyItem.Checked(
                new StudyItem(string.Empty, string.Empty, first.Prompt, [.. found.Select(row => row.Answer)]), first.Where));
        }

        alone += answers.Skip(1).SelectMany(file => file.Keys).Distinct(StringComparer.Ordinal).Count(key => !answers[0].ContainsKey(key));
        if (alone > 0)
        {
            note(Invariant($"{alone} prompts are not in all {files.Count} files and are left out"));
        }

        return items.Count > 0 ? items : throw new ReproException("no prompt is in all files");
    }

    private static Dictionary<string, SingleAnswer> ByPrompt(List<SingleAnswer> rows)
    {
        var answers = new Dictionary<string, SingleAnswer>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (!answers.TryAdd(ChatRows.Key(row.Prompt), row))
            {
                throw new ReproException($"{row.Where}: the prompt came before ({answers[ChatRows.Key(row.Prompt)].Where}); "
                    + "one answer of each model to a prompt was expected");
            }
        }

        return answers;
    }
}
