using Repro.Core;
using Repro.Core.Configuration;
using YamlDotNet.RepresentationModel;

namespace Repro.Experiments.Claims;

/// <summary>Reads a YAML file into nodes, with messages that name file and line. Scalars keep their printed text: 4.90 stays 4.90, which is
/// why claims and published tables are not bound to records of settings.</summary>
internal static class YamlFile
{
    internal static YamlMappingNode ReadMapping(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: cannot be read ({e.Message})", e);
        }

        return ParseMapping(text, path);
    }

    internal static YamlMappingNode ParseMapping(string text, string path) => YamlText.Parse(text, path) as YamlMappingNode
        ?? throw new ReproException($"{path}:1: expected one YAML mapping at the top");

    internal static string At(string path, YamlNode node) => Invariant($"{path}:{node.Start.Line}");

    internal static string Text(string path, YamlNode node, string what) => node is YamlScalarNode scalar
        ? scalar.Value ?? string.Empty
        : throw new ReproException($"{At(path, node)}: {what} must be a plain value");

    internal static YamlMappingNode Mapping(string path, YamlNode node, string what) => node as YamlMappingNode
        ?? throw new ReproException($"{At(path, node)}: {what} must be a mapping");

    internal static YamlSequenceNode Sequence(string path, YamlNode node, string what) => node as YamlSequenceNode
        ?? throw new ReproException($"{At(path, node)}: {what} must be a list");

    internal static void AllowOnly(string path, YamlMappingNode node, string what, IReadOnlyCollection<string> keys)
    {
        foreach (var key in node.Children.Keys)
        {
            var name = Text(path, key, "a key");
            if (!keys.Contains(name))
            {
                throw new ReproException($"{At(path, key)}: unknown key '{name}' in {what}; expected one of {string.Join(", ", keys)}");
            }
        }
    }
}
