namespace Repro.Core.Training.Configuration;

/// <summary>The single settings of a text of YAML by their keys joined with points, whatever record they belong to.</summary>
internal static class ConfigFlat
{
    internal static IReadOnlyDictionary<string, string> Of(string text, string name)
    {
        var flat = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        Collect(ConfigTree.Parse(text, name, string.Empty, _ => null), string.Empty, flat);
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
