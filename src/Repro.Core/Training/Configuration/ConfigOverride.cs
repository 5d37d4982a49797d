using System.Globalization;

namespace Repro.Core.Training.Configuration;

/// <summary>Settings given on the command line as <c>a.b=value</c>, put over those of a file.</summary>
internal static class ConfigOverride
{
    internal static void Apply(ConfigMap root, string text, string folder)
    {
        var option = $"--set {text}";
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
