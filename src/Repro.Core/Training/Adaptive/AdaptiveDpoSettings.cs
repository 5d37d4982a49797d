namespace Repro.Core.Training.Adaptive;

/// <summary>ADPO: which tokens of pairs count, and how.</summary>
public sealed record AdaptiveDpoSettings
{
    /// <summary>How tokens are chosen; rewards are the log-ratios.</summary>
    public AdaptiveSettings Tokens { get; init; } = new();

    /// <summary>Where the mask stands.</summary>
    public AdaptiveDpoReading Reading { get; init; }
}
