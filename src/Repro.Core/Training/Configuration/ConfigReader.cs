namespace Repro.Core.Training.Configuration;

/// <summary>
/// Reads a YAML file into a settings record. Keys are the names of its properties in snake_case; what is <c>required</c> must be there, the rest has the
/// defaults of the record. <c>${NAME}</c> takes a variable, <c>${NAME:-otherwise}</c> with a default.
/// </summary>
/// <remarks>An abstract record with <see cref="ConfigVariantAttribute"/> is chosen by <c>kind:</c>. An unknown key, a value of another type and a key that is
/// there twice are errors which name file, line, key, what was found and what was expected.</remarks>
public sealed class ConfigReader
{
    private readonly IReadOnlyList<string> _overrides;
    private readonly Func<string, string?> _variable;

    /// <summary>A reader with settings that go over those of the file.</summary>
    /// <param name="overrides">Texts such as <c>optimizer.learning_rate=1e-5</c>; a number in the key chooses an item of a list.</param>
    /// <param name="variables">Variables by name; null for those of the environment.</param>
    public ConfigReader(IReadOnlyList<string>? overrides = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        _overrides = overrides ?? [];
        _variable = variables is null ? Environment.GetEnvironmentVariable : name => variables.GetValueOrDefault(name);
    }

    /// <summary>Reads a file.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="path">The file.</param>
    /// <exception cref="ReproException">The file cannot be read, or what it says does not fit the record.</exception>
    public T Read<T>(string path)
        where T : class => (T)ConfigBinder.Record(typeof(T), Load(path), string.Empty);

    /// <summary>Reads text that does not come from a file.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="text">YAML.</param>
    /// <param name="name">A name for messages, in the place of the file's.</param>
    /// <exception cref="ReproException">What the text says does not fit the record.</exception>
    public T Parse<T>(string text, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(text);
        return (T)ConfigBinder.Record(typeof(T), Parse(text, name, Environment.CurrentDirectory), string.Empty);
    }

    /// <summary>The file as nodes, with overrides and variables put in.</summary>
    internal ConfigMap Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(File.ReadAllText(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }

    private ConfigMap Parse(string text, string name, string folder)
    {
        var root = ConfigTree.Parse(text, name, folder, _variable);
        foreach (var setting in _overrides)
        {
            ConfigOverride.Apply(root, setting, Environment.CurrentDirectory);
        }

        return root;
    }
}
