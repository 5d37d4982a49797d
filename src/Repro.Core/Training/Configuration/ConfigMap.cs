namespace Repro.Core.Training.Configuration;

/// <summary>Keys with values, in order.</summary>
/// <param name="Origin">Where it starts.</param>
/// <param name="Entries">Value and place of each key.</param>
internal sealed record ConfigMap(ConfigOrigin Origin, OrderedDictionary<string, (ConfigOrigin Place, ConfigNode Value)> Entries) : ConfigNode(Origin)
{
    internal override string Shown => Entries.Count == 0 ? "an empty mapping" : $"a mapping with '{Entries.GetAt(0).Key}'";
}
