namespace Repro.Experiments.Claims;

/// <summary>The two papers whose claims are verified.</summary>
public enum Paper
{
    /// <summary>The thesis on combined preference and absolute reward signals (CRS-RLHF).</summary>
    Crs,

    /// <summary>The paper on adaptive dense rewards (ADR).</summary>
    Adr,
}
