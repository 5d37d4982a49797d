using Repro.Core.Configuration;

namespace Repro.Core.Training.Registry;

/// <summary>The stages that a file can ask for with <c>stage:</c>.</summary>
public sealed class StageRegistry
{
    private readonly Dictionary<string, IStage> _stages;

    /// <summary>A registry of the given stages.</summary>
    /// <param name="stages">Stages with different names.</param>
    public StageRegistry(IEnumerable<IStage> stages)
    {
        ArgumentNullException.ThrowIfNull(stages);
        _stages = stages.ToDictionary(stage => stage.Name, StringComparer.Ordinal);
    }

    /// <summary>Names of the stages.</summary>
    public IReadOnlyCollection<string> Names => _stages.Keys;

    /// <summary>The stages.</summary>
    public IReadOnlyCollection<IStage> Stages => _stages.Values;

    /// <summary>Every stage of this library, by name: each public class that is an <see cref="IStage"/> and has a constructor without
    /// parameters.</summary>
    public static StageRegistry Default() => new(typeof(StageRegistry).Assembly.GetExportedTypes()
        .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(IStage)))
        .Select(type => (IStage)Activator.CreateInstance(type)!)
        .OrderBy(stage => stage.Name, StringComparer.Ordinal));

    /// <summary>Reads a file into the record of the stage that it names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reader">Overrides and variables; null for none but the environment.</param>
    /// <exception cref="ReproException">The file cannot be read, the stage is unknown, or a setting does not fit.</exception>
    public (IStage Stage, StageConfig Config) Read(string path, ConfigReader? reader = null)
    {
        var root = (reader ?? new ConfigReader()).Load(path);
        if (!root.Entries.TryGetValue("stage", out var entry))
        {
            throw new ReproException($"{root.Origin.Place}: key 'stage' is missing; it must be one of {string.Join(", ", Names)}.");
        }

        if (entry.Value is ConfigScalar { Unset: not null } unset)
        {
            throw new ReproException(string.Join(' ', unset.UnsetVariables()));
        }

        if (entry.Value is not ConfigScalar { Text: var name } || !_stages.TryGetValue(name, out var stage))
        {
            throw new ReproException(
                $"{entry.Value.Origin.Place}: key 'stage' must be one of {string.Join(", ", Names)}, "
                    + $"found {entry.Value.Shown}{(entry.Value is ConfigScalar said ? Suggestion.For(said.Text, Names) : string.Empty)}");
        }

        return (stage, (StageConfig)ConfigBinder.Settings(stage.ConfigType, root));
    }
}
