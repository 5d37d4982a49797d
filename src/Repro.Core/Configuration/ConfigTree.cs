using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Repro.Core.Configuration;

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

    private ConfigNode ParseNode(string text)
    {
        var stream = new YamlStream();
        var parser = new Parser(new StringReader(text));
        try
        {
            stream.Load(parser);
        }
        catch (YamlException failure)
        {
            throw new ReproException($"{Place(failure.Start)}: not valid YAML: {failure.InnerException?.Message ?? failure.Message}", failure);
        }
        catch (InvalidOperationException failure)
        {
            // The parser loses track of unclosed brackets this way, without a place of its own.
            throw new ReproException($"{(parser.Current is { } last ? Place(last.End) : _name)}: not valid YAML: a bracket or brace is not closed.", failure);
        }

        return stream.Documents.Count == 1
            ? Convert(stream.Documents[0].RootNode, 0)
            : throw new ReproException($"{_name}: expected one YAML document, found {stream.Documents.Count}.");
    }

    private ConfigNode Convert(YamlNode node, int depth)
    {
        if (++_nodes > MaximumNodes || depth > MaximumDepth)
        {
            throw new ReproException($"{Place(node.Start)}: the file is nested deeper than {MaximumDepth} levels or has more than {MaximumNodes} values.");
        }

        var origin = new ConfigOrigin(Place(node.Start), _folder);
        switch (node)
        {
            case YamlScalarNode scalar:
                return new ConfigScalar(origin, Variables.Insert(scalar.Value ?? string.Empty, _variable, origin.Place), scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any));
            case YamlSequenceNode sequence:
                return new ConfigList(origin, [.. sequence.Children.Select(item => Convert(item, depth + 1))]);
            case YamlMappingNode mapping:
                var entries = new OrderedDictionary<string, (ConfigOrigin, ConfigNode)>(StringComparer.Ordinal);
                foreach (var (key, value) in mapping.Children)
                {
                    var name = (key as YamlScalarNode)?.Value ?? throw new ReproException($"{Place(key.Start)}: a key must be a plain name.");
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

/// <summary>A part of a configuration file, after variables were put in.</summary>
/// <param name="Origin">Its place in the file.</param>
internal abstract record ConfigNode(ConfigOrigin Origin)
{
    /// <summary>What it is, for messages.</summary>
    internal abstract string Shown { get; }
}

/// <summary>Keys with values, in order.</summary>
/// <param name="Origin">Where it starts.</param>
/// <param name="Entries">Value and place of each key.</param>
internal sealed record ConfigMap(ConfigOrigin Origin, OrderedDictionary<string, (ConfigOrigin Place, ConfigNode Value)> Entries) : ConfigNode(Origin)
{
    internal override string Shown => Entries.Count == 0 ? "an empty mapping" : $"a mapping with '{Entries.GetAt(0).Key}'";
}

/// <summary>A list.</summary>
/// <param name="Origin">Where it starts.</param>
/// <param name="Items">Its items.</param>
internal sealed record ConfigList(ConfigOrigin Origin, List<ConfigNode> Items) : ConfigNode(Origin)
{
    internal override string Shown => $"a list of {Items.Count}";
}

/// <summary>A single value.</summary>
/// <param name="Origin">Its place in the file.</param>
/// <param name="Text">As written, without quotes.</param>
/// <param name="Quoted">Whether it had quotes: a quoted value is a text and nothing else.</param>
internal sealed record ConfigScalar(ConfigOrigin Origin, string Text, bool Quoted) : ConfigNode(Origin)
{
    internal bool IsNull => !Quoted && Text is "" or "~" or "null";

    internal override string Shown => IsNull ? "nothing" : Quoted ? $"the text \"{Text}\"" : $"'{Text}'";
}

/// <summary>The place of a setting in a file.</summary>
/// <param name="Place">File and line, or the option of the command line.</param>
/// <param name="Folder">Where relative paths start.</param>
internal sealed record ConfigOrigin(string Place, string Folder);
