namespace Repro.Experiments.Procedures;

/// <summary>Trainable parameters of low-rank adapters in a decoder with gated feed-forward blocks (Llama).</summary>
/// <param name="Layers">Number of decoder layers.</param>
/// <param name="Width">Width of the residual stream; query, key, value and output projections are square.</param>
/// <param name="MlpWidth">Inner width of the feed-forward block.</param>
internal sealed record LoraSize(int Layers, int Width, int MlpWidth)
{
    /// <summary>Names of the linear layers of one decoder layer.</summary>
    public static IReadOnlyList<string> LinearLayers { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
        "down_proj"];

    /// <summary>Parameters of adapters of one rank on chosen linear layers: rank times the sum of inputs and outputs.</summary>
    /// <param name="rank">Rank of the adapters.</param>
    /// <param name="targets">Names of the linear layers; none gives 0.</param>
    /// <exception cref="ArgumentException">A name is not among <see cref="LinearLayers"/>.</exception>
    public long Parameters(int rank, IEnumerable<string> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        ArgumentNullException.ThrowIfNull(targets);
        return targets.Distinct(StringComparer.Ordinal).Sum(t => (long)Layers * rank * Sides(t));
    }

    private long Sides(string target) => LinearLayers.ToList().IndexOf(target) switch
    {
        < 0 =>
            throw new ArgumentException(
                $"unknown linear layer '{target}'; expected one of {string.Join(", ", LinearLayers)}", nameof(target)),
        < 4 => 2L * Width,
        _ => (long)Width + MlpWidth,
    };
}

/// <summary>Reads a released list of adapter targets: "all linear layers except a and b", or the targets by name.</summary>
/// <param name="Layers">Linear layers of a decoder layer that carry an adapter.</param>
/// <param name="Exceptions">Layers outside the decoder layers that are left out by name.</param>
internal sealed record LoraTargets(IReadOnlyList<string> Layers, IReadOnlyList<string> Exceptions)
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

    private static IEnumerable<string> Names(string text) =>
        text.Split(Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal);
}
