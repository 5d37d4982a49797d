using System.Collections;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Repro.Core.Configuration;

/// <summary>Writes a settings record with every default written out. <see cref="ConfigReader"/> reads it back to the same
/// settings.</summary>
public static partial class ConfigWriter
{
    /// <summary>The record as YAML.</summary>
    /// <param name="record">Settings of the kind that <see cref="ConfigReader"/> makes.</param>
    public static string Write(object record)
    {
        ArgumentNullException.ThrowIfNull(record);
        using var writer = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(Record(record, record.GetType()))).Save(writer, assignAnchors: false);
        var text = writer.ToString().ReplaceLineEndings("\n");
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }

    /// <summary>Every single setting by its keys joined with points; for comparing two configurations.</summary>
    /// <param name="record">Settings of the kind that <see cref="ConfigReader"/> makes.</param>
    public static IReadOnlyDictionary<string, string> Flatten(object record)
    {
        return ConfigFlat.Flatten(Write(record), record.GetType().Name);
    }

    private static YamlMappingNode Record(object record, Type declared)
    {
        var node = new YamlMappingNode();
        if (ConfigShape.VariantsOf(declared).FirstOrDefault(variant => variant.Record == record.GetType()) is { } variant)
        {
            node.Add(ConfigShape.KindKey, variant.Kind);
        }

        foreach (var key in ConfigShape.For(record.GetType()).Keys)
        {
            node.Add(key.Name, Node(key.In(record), key.Type));
        }

        return node;
    }

    private static YamlNode Node(object? value, Type declared) => value switch
    {
        null => new YamlScalarNode("null"),
        string text => Text(text),
        _ when ConfigScalars.IsScalar(value.GetType()) => new YamlScalarNode(ConfigScalars.Print(value)),
        IDictionary dictionary => new YamlMappingNode(
            dictionary.Keys.Cast<string>()
                .SelectMany(key => new[] { Text(key), Node(dictionary[key], ConfigCollections.ValueOfDictionary(declared)!) })),
        IEnumerable list => new YamlSequenceNode(list.Cast<object?>().Select(item => Node(item, ConfigCollections.ItemOfList(declared)!))),
        _ => Record(value, declared),
    };

    private static YamlScalarNode Text(string text) =>
        new(Variables.Escape(text)) { Style = Plain().IsMatch(text) && text != "null" ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted };

    [GeneratedRegex(@"^[A-Za-z/][A-Za-z0-9_./-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}

/// <summary>The single settings of a text of YAML by their keys joined with points, whatever record they belong to.</summary>
internal static class ConfigFlat
{
    internal static IReadOnlyDictionary<string, string> Flatten(string text, string name)
    {
        return Flatten(ConfigTree.Parse(text, name, string.Empty, _ => null), string.Empty);
    }

    internal static IReadOnlyDictionary<string, string> Flatten(ConfigNode node, string path)
    {
        var flat = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        Collect(node, path, flat);
        return flat;
    }

    private static void Collect(ConfigNode node, string path, OrderedDictionary<string, string> flat)
    {
        switch (node)
        {
            case ConfigMap { Entries.Count: > 0 } map:
                foreach (var (key, (_, value)) in map.Entries)
                {
                    Collect(value, path.Length == 0 ? key : $"{path}.{key}", flat);
                }

                break;
            case ConfigList { Items.Count: > 0 } list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Collect(list.Items[i], Invariant($"{path}.{i}"), flat);
                }

                break;
            default:
                flat.Add(path, (node as ConfigScalar)?.Text ?? "empty");
                break;
        }
    }
}
