using System.ComponentModel.DataAnnotations;
using Repro.Core.Data.Formats;
using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Dpo;

/// <summary>What the file of preference optimisation on given pairs says; with <see cref="Adaptive"/> it is ADPO.</summary>
public sealed record DpoConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>Most tokens of prompt and response; null for any length.</summary>
    public int? MaximumLength { get; init; } = 1024;

    /// <summary>Where a text is too long, the last tokens of the prompt that remain.</summary>
    [Range(1, 1 << 24)]
    public int MaximumPromptLength { get; init; } = 512;

    /// <summary>The loss of a pair.</summary>
    public DpoLossSettings Loss { get; init; } = new();

    /// <summary>Which tokens count; null for all. With it the stage is ADPO on given pairs.</summary>
    public AdaptiveDpoSettings? Adaptive { get; init; }

    /// <summary>How training goes over the pairs.</summary>
    public required DpoSettings Training { get; init; }
}
