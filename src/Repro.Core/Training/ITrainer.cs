using System.Text.Json.Nodes;
using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Core.Training;

/// <summary>
/// One training stage, ready to run: model, data and optimiser. The loop around it (logging, checkpoints, progress, interruption) is the
/// same for all stages.
/// </summary>
/// <remarks>
/// A step depends on nothing but the state, the step's number and the settings: data order, sampling and dropout come from
/// <see cref="RandomStreams"/>. A run that was killed goes on from a checkpoint to the very bits of the uninterrupted one.
/// </remarks>
public interface ITrainer : IDisposable
{
    /// <summary>Number of steps of the whole run; a step is one optimiser step, or one batch of responses for PPO, GRPO and RLOO.</summary>
    long TotalSteps { get; }

    /// <summary>Does one step, and leaves as many live tensors as it found.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="cancellation">Checked between micro-batches; a cancelled step leaves the state as it was before it.</param>
    /// <exception cref="ReproException">Loss or gradient is not finite, or the data are not valid.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    StepReport Step(long step, CancellationToken cancellation);

    /// <summary>Numbers on held-out data, by name; empty where the stage has none.</summary>
    /// <param name="cancellation">Checked between batches.</param>
    IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation);

    /// <summary>The live tensors that training changes, by name: trained parameters, moments of the optimiser. They are written to
    /// checkpoints and copied back into.</summary>
    IReadOnlyDictionary<string, Tensor> StateTensors();

    /// <summary>What else training changes: step counters of the optimiser, KL coefficient, running thresholds.</summary>
    JsonObject StateValues();

    /// <summary>Takes over what <see cref="StateValues"/> gave.</summary>
    /// <param name="values">The values of a checkpoint.</param>
    /// <exception cref="ReproException">A value is missing or wrong.</exception>
    void RestoreValues(JsonObject values);

    /// <summary>Writes what later stages read: a model folder, an adapter folder, heads.</summary>
    /// <param name="folder">An existing, empty folder.</param>
    void Export(string folder);
}

/// <summary>What a training step has to tell.</summary>
/// <param name="Metrics">Numbers by name with slashes for groups, such as <c>loss</c>, <c>gradient_norm</c>, <c>learning_rate</c>,
/// <c>kl/mean</c>. Taken before the update.</param>
/// <param name="Tokens">Tokens that were worked on, without padding: the base of the rate that is shown.</param>
public sealed record StepReport(IReadOnlyDictionary<string, double> Metrics, long Tokens)
{
    /// <summary>Texts worth keeping, such as responses with their rewards.</summary>
    public IReadOnlyList<SampleText> Samples { get; init; } = [];
}

/// <summary>A response that a run wrote on its way.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Response">What was answered.</param>
/// <param name="Scores">Rewards and the like by name.</param>
public sealed record SampleText(string Prompt, string Response, IReadOnlyDictionary<string, double> Scores);
