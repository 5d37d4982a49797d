using System.Globalization;
using System.Text;

namespace Repro.Core.Configuration;

/// <summary>
/// Reads a YAML file into a settings record. Keys are the names of its properties in snake_case; what is <c>required</c> must be there, the
/// rest has the defaults of the record. <c>${NAME}</c> takes a variable, <c>${NAME:-otherwise}</c> with a default.
/// </summary>
/// <remarks>An abstract record with <see cref="ConfigVariantAttribute"/> is chosen by <c>kind:</c>. An unknown key, a value of another type
/// and a key that is there twice are errors which name file, line, key, what was found and what was expected.</remarks>
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

/// <summary>Puts variables into texts: <c>${NAME}</c>, or <c>${NAME:-otherwise}</c>; <c>$${</c> stands for itself without the first
/// sign.</summary>
internal static class Variables
{
    internal static string Insert(string text, Func<string, string?> variable, string place)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text.AsSpan(i).StartsWith("$${"))
            {
                result.Append("${");
                i += 3;
            }
            else if (text.AsSpan(i).StartsWith("${"))
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                {
                    throw new ReproException($"{place}: '${{' without '}}' in '{text}'.");
                }

                result.Append(Value(text[(i + 2)..end], variable, place));
                i = end + 1;
            }
            else
            {
                result.Append(text[i++]);
            }
        }

        return result.ToString();
    }

    internal static string Escape(string text) => text.Replace("${", "$${", StringComparison.Ordinal);

    private static string Value(string inner, Func<string, string?> variable, string place)
    {
        var split = inner.IndexOf(":-", StringComparison.Ordinal);
        var name = split < 0 ? inner : inner[..split];
        if (variable(name) is { Length: > 0 } value)
        {
            return value;
        }

        return split >= 0 ? inner[(split + 2)..] : throw new ReproException($"{place}: variable {name} is not set.");
    }
}

/// <summary>Settings given on the command line as <c>a.b=value</c>, put over those of a file.</summary>
internal static class ConfigOverride
{
    /// <summary>How the place of every override begins.</summary>
    internal const string Option = "--set ";

    internal static void Apply(ConfigMap root, string text, string folder)
    {
        var option = Option + text;
        var split = text.IndexOf('=', StringComparison.Ordinal);
        if (split <= 0)
        {
            throw new ReproException($"{option}: expected key=value, such as optimizer.learning_rate=1e-5.");
        }

        Put(root, text[..split].Split('.'), ConfigTree.ParseValue(text[(split + 1)..], option, folder), new ConfigOrigin(option, folder));
    }

    private static void Put(ConfigMap root, string[] path, ConfigNode value, ConfigOrigin origin)
    {
        ConfigNode node = root;
        for (var i = 0; i < path.Length; i++)
        {
            var (key, last) = (path[i], i == path.Length - 1);
            switch (node)
            {
                case ConfigMap map when last:
                    map.Entries[key] = (origin, value);
                    return;
                case ConfigMap map:
                    if (!map.Entries.TryGetValue(key, out var entry) || entry.Value is ConfigScalar { IsNull: true })
                    {
                        map.Entries[key] = entry = (origin, new ConfigMap(origin, new(StringComparer.Ordinal)));
                    }

                    node = entry.Value;
                    break;
                case ConfigList list when int.TryParse(key, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < list.Items.Count:
                    if (last)
                    {
                        list.Items[index] = value;
                        return;
                    }

                    node = list.Items[index];
                    break;
                case ConfigList list:
                    throw new ReproException($"{origin.Place}: '{string.Join('.', path[..i])}' has {list.Items.Count} items, so '{key}' must be a number below that.");
                default:
                    throw new ReproException($"{origin.Place}: '{string.Join('.', path[..i])}' is {node.Shown}, which has no key '{key}'.");
            }
        }
    }
}
