namespace Repro.Experiments.Procedures;

/// <summary>Reads a released list of adapter targets: "all linear layers except a and b", or the targets by name.</summary>
/// <param name="Layers">Linear layers of a decoder layer that carry an adapter.</param>
/// <param name="Exceptions">Layers outside the decoder layers that are left out by name.</param>
public sealed record LoraTargets(IReadOnlyList<string> Layers, IReadOnlyList<string> Exceptions)
{
    private const string All = "all linear layers";
    private static readonly string[] Separators = [" and ", ","];

    /// <summary>Whether every linear layer of the decoder layers carries an adapter.</summary>
    public bool CoversAll => Layers.Count == LoraSize.LinearLayers.Count;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list; an empty one names no layer.</param>
    public static LoraTargets Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.StartsWith(All, StringComparison.Ordinal))
        {
            return new LoraTargets([.. Names(text)], []);
        }

        var exceptions = Names(text[All.Length..].Replace("except", string.Empty, StringComparison.Ordinal)).ToList();
        return new LoraTargets([.. LoraSize.LinearLayers.Except(exceptions)], [.. exceptions.Except(LoraSize.LinearLayers)]);
    }

    private static IEnumerable<string> Names(string text) => text.Split(Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal);
}
