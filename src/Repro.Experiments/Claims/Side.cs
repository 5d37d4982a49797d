namespace Repro.Experiments.Claims;

/// <summary>The side of a threshold on which a claim puts a quantity.</summary>
public enum Side
{
    /// <summary>Below the threshold.</summary>
    Below,

    /// <summary>Above the threshold.</summary>
    Above,
}
