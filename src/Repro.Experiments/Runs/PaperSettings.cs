using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core.Configuration;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>How the settings of a run differ from those of the paper, which stand in <c>configs/</c> and have claims of their
/// own.</summary>
internal static partial class PaperSettings
{
    // Weights in 16 or 32 bits: 6.74 billion numbers of Llama-2-7B and a few tokens more, 7.62 billion of Qwen2-7B.
    private static readonly (double Least, double Most)[] Llama = [(13.4e9, 13.7e9), (26.9e9, 27.4e9)];
    private static readonly (double Least, double Most)[] Qwen = [(15.1e9, 15.5e9), (30.3e9, 31e9)];

    /// <summary>The roles that claims ask for.</summary>
    public static IReadOnlyList<string> Roles { get; } =
    [
        "base", "sft", "rm-preference", "rm-absolute", "abs@0.02", "abs-bounded@0.02", "preference@0.01", "preference@0.02",
        "preference@0.15", "crs-0.25@0.02", "crs-0.625@0.02", "orm", "prm", "dpo", "adpo", "ppo", "appo", "rs", "ars",
    ];

    /// <summary>Whether a text names a role; coefficient and weight of the thesis' policies may be others than those of claims.</summary>
    public static bool IsRole(string text) => Roles.Contains(text) || PolicyOfThesis().IsMatch(text);

    /// <summary>Differences in words; empty where the run is the paper's in all that counts.</summary>
    /// <param name="context">Gives the paper's settings.</param>
    /// <param name="run">The run.</param>
    /// <param name="role">Its role, which the coefficient and the weight belong to.</param>
    /// <param name="runs">The runs and files of the user; paths that a setting names are shown from there.</param>
    public static IReadOnlyList<string> Differences(SpecContext context, UserRun run, string role, RunCollection runs)
    {
        if (run.IsImported)
        {
            return ["its trainer does not record the settings"];
        }

        var (name, expected) = Expected(context, role);
        var differing = expected.Keys.Union(run.Settings.Keys, StringComparer.Ordinal).Where(key => !Harmless().IsMatch(key))
            .Where(key => !Same(expected.GetValueOrDefault(key), run.Settings.GetValueOrDefault(key)))
            .Select(key => $"{key} {runs.Shown(run.Settings.GetValueOrDefault(key) ?? "none")} instead of "
                + (expected.GetValueOrDefault(key) ?? "none"));
        return [.. differing, .. Weights(run, name), .. run.Finished ? Array.Empty<string>() : ["it is not finished"]];
    }

    /// <summary>Whether a role is one of the thesis.</summary>
    public static bool IsOfThesis(string role) => Recipe(role).Config.StartsWith("crs/", StringComparison.Ordinal);

    /// <summary>What the policy of a role is trained from: <c>sft</c> of the thesis, <c>base</c> of ADR; null for a role that is no trained
    /// policy.</summary>
    public static string? StartOf(string role) => role.Contains('@', StringComparison.Ordinal) ? "sft"
        : role is "dpo" or "adpo" or "ppo" or "appo" or "rs" or "ars" ? "base" : null;

    /// <summary>Whether a setting names the folder of a reward model.</summary>
    public static bool IsRewardModel(string key) => RewardModel().IsMatch(key);

    /// <summary>The file under <c>configs/</c> that trains a role, and the settings over it.</summary>
    /// <param name="role">A role, such as <c>crs-0.25@0.02</c>.</param>
    public static (string Config, IReadOnlyList<(string Key, string Value)> Over) Recipe(string role)
    {
        var (kind, coefficient) = role.Split('@') is [var first, var second] ? (first, second) : (role, null);
        if (coefficient is null)
        {
            return ($"{(kind is "sft" or "rm-preference" or "rm-absolute" ? "crs" : "adr")}/{kind}", []);
        }

        var weight = kind.StartsWith("crs-", StringComparison.Ordinal) ? kind["crs-".Length..] : null;
        return weight is null ? ($"crs/ppo-{kind}", [("kl.coefficient", coefficient)])
            : ("crs/ppo-crs", [("kl.coefficient", coefficient), ("reward.weight", weight)]);
    }

    /// <summary>The command that trains a role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="folder">The folder of all runs.</param>
    public static string Command(string role, string folder)
    {
        var (config, over) = Recipe(role);
        return $"repro train configs/{config}.yaml --out {folder}/{role}"
            + string.Concat(over.Select(set => $" --set {set.Key}={set.Value}"));
    }

    private static (string Name, Dictionary<string, string> Settings) Expected(SpecContext context, string role)
    {
        var (name, over) = Recipe(role);
        var expected = new Dictionary<string, string>(ConfigWriter.Flatten(context.Stage(name)), StringComparer.Ordinal);
        foreach (var (key, value) in over)
        {
            expected[key] = value;
        }

        return (name, expected);
    }

    private static IEnumerable<string> Weights(UserRun run, string name)
    {
        var (sizes, model) = name.StartsWith("crs/", StringComparison.Ordinal) ? (Llama, "Llama-2-7B") : (Qwen, "Qwen2-7B");
        if (run.WeightBytes == 0)
        {
            yield return $"it is not recorded that its model is {model}";
        }
        else if (!sizes.Any(size => run.WeightBytes >= size.Least && run.WeightBytes <= size.Most))
        {
            yield return Invariant($"its model of {run.WeightBytes / 1e9:G3} GB is not {model}");
        }
    }

    private static bool Same(string? first, string? second) => first == second
        || (double.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var a)
            && double.TryParse(second, NumberStyles.Float, CultureInfo.InvariantCulture, out var b) && a.Equals(b));

    [GeneratedRegex(@"^(abs|abs-bounded|preference|crs-[01](\.\d+)?)@\d+(\.\d+)?$")]
    private static partial Regex PolicyOfThesis();

    [GeneratedRegex(@"^reward(\.[a-z_]+)?\.path$")]
    private static partial Regex RewardModel();

    // Where files lie, the machine, how a batch is split over it, what is written when, and the seed.
    [GeneratedRegex(@"(^|\.)(path|device|tokenizer|rows|seed|gradient_checkpointing|micro_batch_size|evaluation_prompts|reward_model)$"
        + @"|^run\.(?!maximum_steps)")]
    private static partial Regex Harmless();
}
