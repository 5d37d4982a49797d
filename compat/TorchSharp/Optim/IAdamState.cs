using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The part of a state that <see cref="AdamUpdate"/> works on.</summary>
internal interface IAdamState
{
    long Step { get; set; }

    /// <summary>Running mean of the gradient.</summary>
    Tensor Mean { get; }

    /// <summary>Running mean of its square.</summary>
    Tensor Square { get; }

    /// <summary>The largest running mean of the square so far, for AMSGrad; null otherwise.</summary>
    Tensor? LargestSquare { get; }
}
