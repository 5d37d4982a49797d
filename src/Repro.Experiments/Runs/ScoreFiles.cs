using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Runs;

/// <summary>A response without its text: its prompt and its length tell it from the others of the evaluation.</summary>
/// <param name="Prompt">Key of the prompt.</param>
/// <param name="Words">Words of the response.</param>
/// <param name="Characters">Code points of the response.</param>
internal readonly record struct ResponseKey(string Prompt, int Words, int Characters);

/// <summary>What a reward model made of the responses and ranked replies that a user had it score (<c>repro score</c>).</summary>
/// <param name="Model">The run that trained the reward model.</param>
/// <param name="Responses">Score of each response.</param>
/// <param name="Groups">Scores of the replies to each prompt of ranked data, the best first, by the key of the prompt.</param>
/// <param name="Files">The files that these stand in.</param>
internal sealed record RewardScores(
    BroughtRun Model, IReadOnlyDictionary<ResponseKey, double> Responses, IReadOnlyDictionary<string, IReadOnlyList<double>> Groups,
    IReadOnlyList<string> Files)
{
    private const string Suffix = "scores.jsonl";

    /// <summary>The scores of a role's reward models, one a seed.</summary>
    /// <param name="runs">What the user brought.</param>
    /// <param name="role"><c>rm-preference</c> or <c>rm-absolute</c>.</param>
    /// <param name="cancellation">Checked before each file.</param>
    /// <exception cref="ReproException">A file is damaged, or two reward models of the role with the same seed have scores.</exception>
    public static IReadOnlyList<RewardScores> Of(RunCollection runs, string role, CancellationToken cancellation)
    {
        var found = new List<RewardScores>();
        var files = runs.Files.Where(file => file.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(file => (File: file, Model: ModelOf(runs, file)))
            .Where(file => file.Model is not null && runs.Roles.Of(file.Model) == role);
        foreach (var ofModel in files.GroupBy(file => file.Model!).OrderBy(model => model.Key.Seed, StringComparer.Ordinal))
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
                cancellation.ThrowIfCancellationRequested();
                Read(file, responses, groups);
            }

            found.Add(new RewardScores(ofModel.Key, responses, groups, [.. ofModel.Select(file => file.File)]));
        }

        return found;
    }

    // A name in roles.yaml, else the run that the folder of the file belongs to.
    private static BroughtRun? ModelOf(RunCollection runs, string file) =>
        runs.Roles.Scores.TryGetValue(runs.Name(file), out var name)
            ? runs.Runs.FirstOrDefault(run => run.Name == name)
                ?? throw new ReproException($"{Path.Combine(runs.Folder, RunRoles.FileName)}: scores: '{name}' is no run here"
                    + Suggestion.For(name, runs.Runs.Select(run => run.Name)))
            : runs.Owner(Path.GetDirectoryName(file)!);

    private static void Read(string file, Dictionary<ResponseKey, double> responses, Dictionary<string, IReadOnlyList<double>> groups)
    {
        foreach (var (row, prompt, where) in PromptFile.Read(file))
        {
            var key = PromptKey.Of(string.Join("\n", prompt.Select(message => message.Content)));
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
    }

    /// <summary>A number of a row.</summary>
    /// <exception cref="ReproException">It is none.</exception>
    internal static double Number(JsonNode? node, string where, string key) =>
        node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number
            : throw new ReproException($"{where}: '{key}' must be a number");
}
