using System.Globalization;
using Repro.Core;
using Repro.Core.Training.Runs;
using Repro.Experiments.Claims;
using YamlDotNet.RepresentationModel;

namespace Repro.Experiments.Runs;

/// <summary>What part each run plays in the claims of a paper. It follows from the settings that the run records, never from the name of
/// its folder; <c>roles.yaml</c> beside the runs may say otherwise.</summary>
/// <remarks>Roles of policies of the thesis carry their initial KL coefficient: <c>preference@0.02</c>.</remarks>
internal sealed class RunRoles
{
    /// <summary>The file that overrides.</summary>
    public const string FileName = "roles.yaml";

    /// <summary>The role in <c>roles.yaml</c> of a run that takes no part.</summary>
    public const string None = "none";

    private const string PreferenceModel = "rm-preference";
    private const string AbsoluteModel = "rm-absolute";
    private static readonly string[] Keys = ["runs", "generators", "scores"];

    private readonly IReadOnlyList<UserRun> _runs;
    private readonly Dictionary<string, Dictionary<string, string>> _given;
    private readonly Dictionary<string, string> _roles = new(StringComparer.Ordinal);

    /// <summary>Finds the role of every run.</summary>
    /// <param name="folder">The folder of all runs.</param>
    /// <param name="runs">The runs.</param>
    /// <exception cref="ReproException"><c>roles.yaml</c> is malformed, or two runs play the same part with the same seed.</exception>
    public RunRoles(string folder, IReadOnlyList<UserRun> runs)
    {
        _runs = runs;
        _given = Given(Path.Combine(folder, FileName));
        foreach (var run in runs)
        {
            if ((_given["runs"].GetValueOrDefault(run.Name) ?? OfSettings(run)) is { } role && role != None)
            {
                _roles[run.Name] = role;
            }
        }

        var file = Path.Combine(folder, FileName);
        foreach (var name in _given["runs"].Keys.Where(name => runs.All(run => run.Name != name)))
        {
            throw new ReproException($"{file}: runs: '{name}' is no run here{Core.Suggestion.For(name, runs.Select(run => run.Name))}");
        }

        RequireOneEach(file);
    }

    /// <summary>What <c>roles.yaml</c> says of files of scores, by path relative to the folder.</summary>
    public IReadOnlyDictionary<string, string> Scores => _given["scores"];

    /// <summary>What <c>roles.yaml</c> says of the generators that files of judgements name.</summary>
    public IReadOnlyDictionary<string, string> Generators => _given["generators"];

    /// <summary>The role of a run, which may lie elsewhere; null where it has none.</summary>
    public string? Of(UserRun run) => _roles.GetValueOrDefault(run.Name) ?? (_runs.Contains(run) ? null : OfSettings(run));

    /// <summary>The runs of a role, one a seed.</summary>
    public IReadOnlyList<UserRun> Runs(string role) => [.. _runs.Where(run => Of(run) == role)];

    /// <summary>A line for each run, to be shown.</summary>
    public IEnumerable<string> Describe() => _runs.Select(run => $"run {run.Name}: {Of(run) ?? WithoutPart(run)}"
        + (_given["runs"].ContainsKey(run.Name) ? $" ({FileName})" : string.Empty)
        + (run.IsImported ? ", settings are not recorded" : $", seed {run.Seed}")
        + Invariant($", {run.Steps} steps{(run.Finished ? string.Empty : ", not finished")}"));

    private string WithoutPart(UserRun run) => "plays no part" + (
        _given["runs"].ContainsKey(run.Name) ? string.Empty
        : run.IsImported ? $"; {FileName} can give it one"
        : run.Stage == "ppo" && run.Settings.ContainsKey("reward.path") && StartOf(run, "reward.path") is null
            ? "; its reward model is no run here" : string.Empty);

    /// <summary>Whether a policy is LoRA on weights that LoRA made before.</summary>
    public bool IsSecondLora(UserRun run) => run.Settings.ContainsKey("model.lora.rank")
        && (run.Settings.GetValueOrDefault("model.adapter", "null") != "null"
            || StartOf(run, "model.path")?.Settings.ContainsKey("model.lora.rank") == true);

    /// <summary>The run whose result a setting names; null where it is not known. Runs may have been moved since: then the one here whose
    /// folder has that name.</summary>
    /// <param name="run">The run.</param>
    /// <param name="key">Key of the setting.</param>
    public UserRun? StartOf(UserRun run, string key)
    {
        if (run.Settings.GetValueOrDefault(key) is not { } path)
        {
            return null;
        }

        var folder = Path.GetFileName(path) == "final" ? Path.GetDirectoryName(path) ?? path : path;
        if (_runs.FirstOrDefault(other => Path.GetFullPath(other.Folder) == Path.GetFullPath(folder)) is { } here)
        {
            return here;
        }

        if (RunRecord.IsRun(folder))
        {
            return UserRun.Read(folder, folder);
        }

        var named = _runs.Where(other => Path.GetFileName(other.Folder) == Path.GetFileName(folder)).ToList();
        return named.Select(other => other.Stage).Distinct().Count() == 1 ? named[0] : null;
    }

    private string? OfSettings(UserRun run) => run.Stage switch
    {
        "sft" => run.Settings.GetValueOrDefault("data.0.format") == "oasst" ? "sft" : null,
        "ppo" => OfPpo(run),
        "online-dpo" => IsAdaptive(run) ? "adpo" : "dpo",
        "rs" => IsAdaptive(run) ? "ars" : "rs",
        PreferenceModel or AbsoluteModel or "orm" or "prm" => run.Stage,
        _ => null,
    };

    private static bool IsAdaptive(UserRun run) => run.Settings.GetValueOrDefault("adaptive", "none") != "null";

    private string? OfPpo(UserRun run)
    {
        var coefficient = Number(run.Settings.GetValueOrDefault("kl.coefficient", "0"));
        if (run.Settings.GetValueOrDefault("reward.kind") == "combined")
        {
            // Each share with the kind of reward model that it is for, as far as that is known.
            var fits = StartOf(run, "reward.preference.path")?.Stage is null or PreferenceModel
                && StartOf(run, "reward.absolute.path")?.Stage is null or AbsoluteModel;
            return fits ? Invariant($"{OfWeight(Number(run.Settings["reward.weight"]))}@{coefficient}") : null;
        }

        var bounded = run.Settings.GetValueOrDefault("reward.bounded") == "true";
        return StartOf(run, "reward.path")?.Stage switch
        {
            AbsoluteModel => Invariant($"abs{(bounded ? "-bounded" : string.Empty)}@{coefficient}"),
            PreferenceModel when !bounded => Invariant($"preference@{coefficient}"),
            "orm" or "prm" => IsAdaptive(run) ? "appo" : "ppo",
            _ => null,
        };
    }

    private static string OfWeight(double weight) => weight switch { 0 => "abs", 1 => "preference", _ => Invariant($"crs-{weight}") };

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private void RequireOneEach(string file)
    {
        string[] models = [PreferenceModel, AbsoluteModel, "orm", "prm", "sft"];
        foreach (var same in _runs.Where(run => Of(run) is { } role && !models.Contains(role)).GroupBy(run => (Of(run), run.Seed)))
        {
            if (same.Skip(1).FirstOrDefault() is { } second)
            {
                throw new ReproException($"{same.First().Folder} and {second.Folder}: both are {same.Key.Item1} with seed {same.Key.Seed}; "
                    + $"name the one that counts, or '{None}', under 'runs' in {file}");
            }
        }
    }

    private static Dictionary<string, Dictionary<string, string>> Given(string file)
    {
        var given = Keys.ToDictionary(key => key, _ => new Dictionary<string, string>(StringComparer.Ordinal));
        if (!File.Exists(file))
        {
            return given;
        }

        var root = YamlFile.ReadMapping(file);
        YamlFile.AllowOnly(file, root, FileName, Keys);
        foreach (var (key, node) in root.Children)
        {
            var entries = YamlFile.Mapping(file, node, YamlFile.Text(file, key, "a key"));
            foreach (var (name, role) in entries.Children)
            {
                var (kind, text) = (((YamlScalarNode)key).Value!, YamlFile.Text(file, role, "a role"));
                if (kind != "scores" && text != None && (!PaperSettings.IsRole(text) || (kind == "runs" && text == "base")))
                {
                    throw new ReproException($"{YamlFile.At(file, role)}: '{text}' is no role"
                        + $"{Core.Suggestion.For(text, PaperSettings.Roles)}; "
                        + $"one of {string.Join(", ", PaperSettings.Roles)}, {None} was expected, or another coefficient or weight");
                }

                given[kind][YamlFile.Text(file, name, "a name")] = text;
            }
        }

        return given;
    }
}
