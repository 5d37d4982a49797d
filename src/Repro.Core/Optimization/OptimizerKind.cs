using System.Text.Json.Serialization;

namespace Repro.Core.Optimization;

/// <summary>The update rule.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary>Adam; weight decay is added to the gradient.</summary>
    Adam,
}
