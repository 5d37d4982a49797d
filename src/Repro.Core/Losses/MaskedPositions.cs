namespace Repro.Core.Losses;

/// <summary>What whitening writes where the mask is 0.</summary>
public enum MaskedPositions
{
    /// <summary>0.</summary>
    Zero,

    /// <summary>The value there, shifted and scaled like the counted ones; it took no part in the statistics and carries no gradient.</summary>
    Transformed,
}
