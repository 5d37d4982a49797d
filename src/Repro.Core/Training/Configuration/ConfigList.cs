namespace Repro.Core.Training.Configuration;

/// <summary>A list.</summary>
/// <param name="Origin">Where it starts.</param>
/// <param name="Items">Its items.</param>
internal sealed record ConfigList(ConfigOrigin Origin, List<ConfigNode> Items) : ConfigNode(Origin)
{
    internal override string Shown => $"a list of {Items.Count}";
}
