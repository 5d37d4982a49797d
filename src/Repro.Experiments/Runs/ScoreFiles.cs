using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Runs;

/// <summary>A response without its text: its prompt and its length tell it from the others of the evaluation.</summary>
/// <param name="Prompt">Key of the prompt.</param>
/// <param name="Words">Words of the response.</param>
/// <param name="Characters">Code points of the response.</param>
internal readonly record struct ResponseKey(string Prompt, int Words, int Characters);

/// <summary>A file of scores, as <c>repro score</c> writes it.</summary>
/// <param name="Responses">Score of each response.</param>
/// <param name="Groups">Scores of the replies to each prompt of ranked data, the best first, by the key of the prompt.</param>
/// <param name="ScoredBy">The reward model, by the hashes of its files; null where the file does not record it.</param>
internal sealed record ScoreFile(
    IReadOnlyDictionary<ResponseKey, double> Responses, IReadOnlyDictionary<string, IReadOnlyList<double>> Groups, ModelIdentity? ScoredBy)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="ReproException">It is damaged, or two models made it; names the line.</exception>
    public static ScoreFile Read(string file, CancellationToken cancellation)
    {
        var (responses, groups) = (new Dictionary<ResponseKey, double>(), new Dictionary<string, IReadOnlyList<double>>());
        var (rows, scoredBy) = (0, (ModelIdentity?)null);
        foreach (var (row, prompt, where) in PromptFile.Read(file, cancellation))
        {
            var by = ModelIdentity.Read(row["scored_by"], $"{where}: scored_by");
            scoredBy = rows++ == 0 ? by : Attribution.IsSame(by, scoredBy) ? scoredBy
                : throw new ReproException($"{where}: is scored by another model than the rows before it; one a file was expected");
            Add(row, PromptKey.Compute(string.Join("\n", prompt.Select(message => message.Content))), where, responses, groups);
        }

        return new ScoreFile(responses, groups, scoredBy);
    }

    private static void Add(
        JsonObject row, string key, string where, Dictionary<ResponseKey, double> responses,
        Dictionary<string, IReadOnlyList<double>> groups)
    {
        if (row["replies"] is JsonArray replies)
        {
            groups[key] = [.. replies.OrderBy(reply => Number(reply?["rank"], where, "rank"))
                .Select(reply => Number(reply?["score"], where, "score"))];
        }
        else if (row["chosen_score"] is { } chosen)
        {
            groups[key] = [Number(chosen, where, "chosen_score"), Number(row["rejected_score"], where, "rejected_score")];
        }
        else
        {
            var text = (string?)(row["response"] as JsonValue) ?? throw new ReproException($"{where}: 'response' must be a text");
            responses[new(key, TextLength.Words(text), TextLength.Characters(text))] = Number(row["score"], where, "score");
        }
    }

    /// <summary>A number of a row.</summary>
    /// <exception cref="ReproException">It is none.</exception>
    internal static double Number(JsonNode? node, string where, string key) =>
        node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number
            : throw new ReproException($"{where}: '{key}' must be a number");
}

/// <summary>What a reward model made of the responses and ranked replies that a user had it score.</summary>
/// <param name="Model">The run that trained the reward model.</param>
/// <param name="Responses">Score of each response.</param>
/// <param name="Groups">Scores of the replies to each prompt of ranked data, the best first, by the key of the prompt.</param>
/// <param name="Files">The files that these stand in.</param>
/// <param name="Doubts">What is not certain about whose they are.</param>
internal sealed record RewardScores(
    UserRun Model, IReadOnlyDictionary<ResponseKey, double> Responses, IReadOnlyDictionary<string, IReadOnlyList<double>> Groups,
    IReadOnlyList<string> Files, IReadOnlyList<Doubt> Doubts)
{
    /// <summary>How names of files of scores end.</summary>
    public const string Suffix = "scores.jsonl";

    /// <summary>The scores of a role's reward models, one a seed.</summary>
    /// <param name="runs">The runs and files of the user.</param>
    /// <param name="role"><c>rm-preference</c> or <c>rm-absolute</c>.</param>
    /// <param name="cancellation">Checked while files are read.</param>
    /// <exception cref="ReproException">A file is damaged or not that of the run it lies with, or two reward models of the role with the
    /// same seed have scores.</exception>
    public static IReadOnlyList<RewardScores> Find(RunCollection runs, string role, CancellationToken cancellation)
    {
        var found = new List<RewardScores>();
        var files = runs.Files.Where(file => file.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(file => (File: file, Maker: MakerOf(runs, file, cancellation)))
            .Where(file => file.Maker.Run is not null && runs.Roles.Of(file.Maker.Run) == role);
        foreach (var ofModel in files.GroupBy(file => file.Maker.Run!).OrderBy(model => model.Key.Seed, StringComparer.Ordinal))
        {
            if (found.FirstOrDefault(other => other.Model.Seed == ofModel.Key.Seed) is { Model: var other })
            {
                throw new ReproException($"{other.Folder} and {ofModel.Key.Folder}: both are {role} with seed {other.Seed} and have "
                    + "scores; "
                    + $"name the one that counts, or '{RunRoles.None}' for the other, under 'runs' in "
                    + Path.Combine(runs.Folder, RunRoles.FileName));
            }

            var (responses, groups) = (new Dictionary<ResponseKey, double>(), new Dictionary<string, IReadOnlyList<double>>());
            foreach (var (file, _) in ofModel)
            {
                var scores = runs.Scores.Of(file, cancellation);
                scores.Responses.ToList().ForEach(one => responses[one.Key] = one.Value);
                scores.Groups.ToList().ForEach(one => groups[one.Key] = one.Value);
            }

            found.Add(new RewardScores(
                ofModel.Key, responses, groups,
                [.. ofModel.Select(file => file.File)], [.. ofModel.SelectMany(file => file.Maker.Doubts)]));
        }

        return found;
    }

    /// <summary>The run of the reward model that made a file: the one that <c>roles.yaml</c> names, else that of the weights that the file
    /// records, else that of its folder.</summary>
    /// <exception cref="ReproException">The file is damaged, or not that of the run it lies with.</exception>
    public static Maker MakerOf(RunCollection runs, string file, CancellationToken cancellation)
    {
        var by = runs.Scores.Of(file, cancellation).ScoredBy;
        if (!runs.Roles.Scores.TryGetValue(runs.Name(file), out var name))
        {
            return runs.Attribution.Of(by, runs.Owner(Path.GetDirectoryName(file)!), file, cancellation);
        }

        var given = runs.Runs.First(run => run.Name == name);
        return new Maker(given, runs.Attribution.Given(by, given, file, cancellation));
    }
}
