using System.Text.Json.Serialization;

namespace Repro.Core.Training.Adaptive;

/// <summary>How the baseline b of token rewards is found.</summary>
public enum ThresholdKind
{
    /// <summary>The mean over the response tokens of the batch.</summary>
    [JsonStringEnumMemberName("batch-mean")]
    BatchMean,

    /// <summary>A number.</summary>
    [JsonStringEnumMemberName("fixed")]
    Fixed,

    /// <summary>A quantile over the response tokens of the batch.</summary>
    [JsonStringEnumMemberName("quantile")]
    Quantile,

    /// <summary>An exponential mean over batches.</summary>
    [JsonStringEnumMemberName("running-mean")]
    RunningMean,
}
