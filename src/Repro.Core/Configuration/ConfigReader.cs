using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

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
        where T : class => (T)ConfigBinder.Settings(typeof(T), Load(path));

    /// <summary>Reads text that does not come from a file.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="text">YAML.</param>
    /// <param name="name">A name for messages, in the place of the file's.</param>
    /// <exception cref="ReproException">What the text says does not fit the record.</exception>
    public T Parse<T>(string text, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(text);
        return (T)ConfigBinder.Settings(typeof(T), Parse(text, name, Environment.CurrentDirectory));
    }

    /// <summary>The file as nodes, with overrides and variables put in.</summary>
    internal ConfigMap Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new ReproException($"{path} is a folder; a YAML file was expected.");
        }

        try
        {
            return Parse(File.ReadAllText(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable(path, failure);
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
    /// <summary>The text with variables put in, and the first one that is not set: it stays as it is written.</summary>
    internal static (string Text, string? Unset) Insert(string text, Func<string, string?> variable, string place)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return (text, null);
        }

        var (result, unset) = (new StringBuilder(), (string?)null);
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

                var (name, otherwise) = Parts(text[(i + 2)..end]);
                var value = variable(name) is { Length: > 0 } set ? set : otherwise;
                unset ??= value is null ? name : null;
                result.Append(value ?? text[i..(end + 1)]);
                i = end + 1;
            }
            else
            {
                result.Append(text[i++]);
            }
        }

        return (result.ToString(), unset);
    }

    internal static string Escape(string text) => text.Replace("${", "$${", StringComparison.Ordinal);

    private static (string Name, string? Otherwise) Parts(string inner) =>
        inner.IndexOf(":-", StringComparison.Ordinal) is var split and >= 0 ? (inner[..split], inner[(split + 2)..]) : (inner, null);
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
                case ConfigList list when int.TryParse(key, CultureInfo.InvariantCulture, out var index)
                    && index >= 0 && index < list.Items.Count:
                    if (last)
                    {
                        list.Items[index] = value;
                        return;
                    }

                    node = list.Items[index];
                    break;
                case ConfigList list:
                    throw new ReproException(
                        $"{origin.Place}: '{string.Join('.', path[..i])}' has {list.Items.Count} items, "
                            + $"so '{key}' must be a number below that.");
                default:
                    throw new ReproException($"{origin.Place}: '{string.Join('.', path[..i])}' is {node.Shown}, which has no key '{key}'.");
            }
        }
    }
}

/// <summary>Turns YAML text into nodes that know their place in the file.</summary>
internal sealed class ConfigTree
{
    // An alias that refers to aliases grows exponentially; no honest file comes near these.
    private const int MaximumNodes = 100_000;
    private const int MaximumDepth = 40;

    private readonly string _name;
    private readonly string _folder;
    private readonly Func<string, string?> _variable;
    private readonly bool _numbered;
    private int _nodes;

    private ConfigTree(string name, string folder, Func<string, string?> variable, bool numbered)
    {
        (_name, _folder, _variable, _numbered) = (name, folder, variable, numbered);
    }

    /// <summary>Parses a file's text, which must hold one mapping.</summary>
    internal static ConfigMap Parse(string text, string name, string folder, Func<string, string?> variable)
    {
        var tree = new ConfigTree(name, folder, variable, numbered: true);
        return tree.ParseNode(text) as ConfigMap ?? throw new ReproException($"{name}:1: expected keys with values (a YAML mapping).");
    }

    /// <summary>Parses the value of an option of the command line.</summary>
    internal static ConfigNode ParseValue(string text, string option, string folder) =>
        text.Length == 0
            ? new ConfigScalar(new ConfigOrigin(option, folder), string.Empty, Quoted: false)
            : new ConfigTree(option, folder, name => "${" + name + "}", numbered: false).ParseNode(text);

    private ConfigNode ParseNode(string text) => Convert(YamlText.Parse(text, _name, _numbered), 0);

    private ConfigNode Convert(YamlNode node, int depth)
    {
        if (++_nodes > MaximumNodes || depth > MaximumDepth)
        {
            throw new ReproException(
                $"{Place(node.Start)}: the file is nested deeper than {MaximumDepth} levels or has more than {MaximumNodes} values.");
        }

        var origin = new ConfigOrigin(Place(node.Start), _folder);
        switch (node)
        {
            case YamlScalarNode scalar:
                var (text, unset) = Variables.Insert(scalar.Value ?? string.Empty, _variable, origin.Place);
                return new ConfigScalar(origin, text, scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any)) { Unset = unset };
            case YamlSequenceNode sequence:
                return new ConfigList(origin, [.. sequence.Children.Select(item => Convert(item, depth + 1))]);
            case YamlMappingNode mapping:
                var entries = new OrderedDictionary<string, (ConfigOrigin, ConfigNode)>(StringComparer.Ordinal);
                foreach (var (key, value) in mapping.Children)
                {
                    var name = (key as YamlScalarNode)?.Value
                        ?? throw new ReproException($"{Place(key.Start)}: a key must be a plain name.");
                    if (!entries.TryAdd(name, (new ConfigOrigin(Place(key.Start), _folder), Convert(value, depth + 1))))
                    {
                        throw new ReproException($"{Place(key.Start)}: key '{name}' is there twice.");
                    }
                }

                return new ConfigMap(origin, entries);
            default:
                throw new ReproException($"{origin.Place}: a value, list or mapping was expected.");
        }
    }

    private string Place(Mark mark) => _numbered ? Invariant($"{_name}:{mark.Line}") : _name;
}

/// <summary>YAML of files and options, parsed; every complaint has its place.</summary>
public static class YamlText
{
    /// <summary>Parses a text.</summary>
    /// <param name="text">One YAML document.</param>
    /// <param name="name">What complaints call it: a file, or an option of the command line.</param>
    /// <param name="numbered">Whether lines are named too.</param>
    /// <exception cref="ReproException">It is no YAML, or no document or several.</exception>
    public static YamlNode Parse(string text, string name, bool numbered = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        string Place(long line) => numbered ? Invariant($"{name}:{line}") : name;
        var stream = new YamlStream();
        var parser = new Parser(new StringReader(text));
        try
        {
            stream.Load(parser);
        }
        catch (YamlException) when (LineWithTab(text) is > 0 and var line)
        {
            // The parser names the line where the mapping around it begins.
            throw new ReproException($"{Place(line)}: not valid YAML: the line is indented with a tab; spaces were expected.");
        }
        catch (YamlException failure)
        {
            var reason = failure.InnerException?.Message ?? failure.Message;
            throw new ReproException($"{Place(failure.Start.Line)}: not valid YAML: {reason}", failure);
        }
        catch (InvalidOperationException failure)
        {
            // The parser loses track of unclosed brackets this way, without a place of its own.
            var place = parser.Current is { } last ? Place(last.End.Line) : name;
            throw new ReproException($"{place}: not valid YAML: a bracket or brace is not closed.", failure);
        }

        return stream.Documents.Count == 1
            ? stream.Documents[0].RootNode
            : throw new ReproException($"{name}: expected one YAML document, found {stream.Documents.Count}.");
    }

    // 1, 2, ...; 0 for none. A comment or an empty line may begin as it likes.
    private static int LineWithTab(string text) => 1 + Array.FindIndex(text.Split('\n'), line =>
        line.TrimStart(' ').StartsWith('\t') && line.Trim() is { Length: > 0 } rest && rest[0] != '#');
}

/// <summary>A part of a configuration file, after variables were put in.</summary>
/// <param name="Origin">Its place in the file.</param>
internal abstract record ConfigNode(ConfigOrigin Origin)
{
    /// <summary>What it is, for messages.</summary>
    internal abstract string Shown { get; }

    /// <summary>A complaint for each value within that asks for a variable which is not set, in order.</summary>
    internal abstract IEnumerable<string> UnsetVariables();
}

/// <summary>Keys with values, in order.</summary>
/// <param name="Origin">Where it starts.</param>
/// <param name="Entries">Value and place of each key.</param>
internal sealed record ConfigMap(
    ConfigOrigin Origin, OrderedDictionary<string, (ConfigOrigin Place, ConfigNode Value)> Entries) : ConfigNode(Origin)
{
    internal override string Shown => Entries.Count == 0 ? "an empty mapping" : $"a mapping with '{Entries.GetAt(0).Key}'";

    internal override IEnumerable<string> UnsetVariables() => Entries.SelectMany(entry => entry.Value.Value.UnsetVariables());
}

/// <summary>A list.</summary>
/// <param name="Origin">Where it starts.</param>
/// <param name="Items">Its items.</param>
internal sealed record ConfigList(ConfigOrigin Origin, List<ConfigNode> Items) : ConfigNode(Origin)
{
    internal override string Shown => $"a list of {Items.Count}";

    internal override IEnumerable<string> UnsetVariables() => Items.SelectMany(item => item.UnsetVariables());
}

/// <summary>A single value.</summary>
/// <param name="Origin">Its place in the file.</param>
/// <param name="Text">As written, without quotes.</param>
/// <param name="Quoted">Whether it had quotes: a quoted value is a text and nothing else.</param>
internal sealed record ConfigScalar(ConfigOrigin Origin, string Text, bool Quoted) : ConfigNode(Origin)
{
    /// <summary>A variable that is not set and whose value belongs here; null where nothing is missing.</summary>
    internal string? Unset { get; init; }

    internal bool IsNull => !Quoted && Text is "" or "~" or "null";

    internal override string Shown => IsNull ? "nothing" : Quoted ? $"the text \"{Text}\"" : $"'{Text}'";

    internal override IEnumerable<string> UnsetVariables() =>
        Unset is null ? [] : [$"{Origin.Place}: variable {Unset} is not set."];
}

/// <summary>The place of a setting in a file.</summary>
/// <param name="Place">File and line, or the option of the command line.</param>
/// <param name="Folder">Where relative paths start.</param>
internal sealed record ConfigOrigin(string Place, string Folder);
