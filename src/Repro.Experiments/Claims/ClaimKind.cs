namespace Repro.Experiments.Claims;

/// <summary>What it takes to check a claim.</summary>
public enum ClaimKind
{
    /// <summary>An equation: must hold as a mathematical property of the implementation.</summary>
    Identity,

    /// <summary>Follows, or fails to follow, from other published numbers.</summary>
    Arithmetic,

    /// <summary>Recomputed from the data files that the author released.</summary>
    Artifact,

    /// <summary>A causal or directional statement, re-run at fixture scale and judged by statistics.</summary>
    Mechanism,

    /// <summary>A published setting that the full run must use.</summary>
    Config,

    /// <summary>Needs the paper's models, data and GPUs.</summary>
    Full,
}
