namespace Repro.Core.Models;

/// <summary>How a fresh value head is drawn. Its bias is 0 except for <see cref="Uniform"/>.</summary>
public enum ValueHeadStart
{
    /// <summary>Weights and bias uniform within 1 / sqrt(width), as linear layers of PyTorch start.</summary>
    Uniform,

    /// <summary>Weights normal with the deviation of the model's configuration.</summary>
    Normal,

    /// <summary>All 0: every value starts at 0.</summary>
    Zero,
}
