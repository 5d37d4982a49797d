namespace Repro.Core.Training.Dpo;

/// <summary>Which loss of preference pairs, and its numbers.</summary>
public sealed record DpoLossSettings
{
    /// <summary>Which one.</summary>
    public DpoLossKind Kind { get; init; } = DpoLossKind.Sigmoid;

    /// <summary>Strength of the tie to the reference, above 0.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>The assumed share of wrong labels.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Temperature of DiscoPOP's modulation.</summary>
    public double DiscopopTemperature { get; init; } = 0.05;
}
