namespace Repro.Core.Models.Weights;

/// <summary>What a parameter is, which decides how it starts where it is not loaded.</summary>
internal enum WeightKind
{
    /// <summary>Normal with the configuration's deviation.</summary>
    Matrix,

    /// <summary>Ones.</summary>
    Gain,

    /// <summary>Zeros.</summary>
    Bias,
}
