using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Adaptive;

/// <summary>Chooses the response tokens that the surrogate of PPO is taken over.</summary>
public interface IPpoMask : IStateful
{
    /// <summary>The mask of a batch, chosen once a step, before its updates.</summary>
    /// <param name="batch">The responses.</param>
    /// <param name="targets">Their rewards and advantages.</param>
    /// <param name="scores">One a response.</param>
    /// <returns>bool, [batch, response].</returns>
    Tensor Mask(RolloutBatch batch, PpoTargets targets, IReadOnlyList<double> scores);
}
