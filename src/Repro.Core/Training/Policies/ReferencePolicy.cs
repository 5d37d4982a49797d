using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Core.Training.Policies;

/// <summary>The policy that training is tied to: the model without its adapter, with another adapter, or another model. It is never
/// trained.</summary>
public sealed class ReferencePolicy : IDisposable
{
    private const string FrozenName = "reference";

    private readonly LanguageModel? _base;
    private readonly string? _adapter;
    private readonly Func<LanguageModel>? _load;
    private LanguageModel? _own;

    private ReferencePolicy(LanguageModel? shared, string? adapter, Func<LanguageModel>? load) => (_base, _adapter, _load) = (shared, adapter, load);

    /// <summary>The model that is trained with its adapter switched off, or with another one.</summary>
    /// <param name="model">Must train an adapter and nothing else.</param>
    /// <param name="adapter">Name of the adapter that acts in the reference; null for none.</param>
    /// <exception cref="ReproException">Weights of the base are trained, so that it is no reference.</exception>
    public static ReferencePolicy SharedBase(TrainedModel model, string? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Adapter is null || model.Settings.TrainedWhole.Count > 0)
        {
            throw new ReproException("The reference cannot share weights that are trained: give it a model of its own, or train an adapter alone.");
        }

        return new ReferencePolicy(model.Language, adapter, null);
    }

    /// <summary>
    /// The model as it is before training, in the way that takes the least memory: a fresh adapter switched off, a frozen copy of an
    /// adapter that training goes on from, or, where weights of the base are trained, the base loaded a second time.
    /// </summary>
    /// <param name="model">The policy, untrained.</param>
    /// <param name="streams">Where its fresh weights were drawn from.</param>
    /// <exception cref="ReproException">A file is not valid.</exception>
    public static ReferencePolicy Initial(TrainedModel model, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(streams);
        var settings = model.Settings;
        if (model.Adapter is null || settings.TrainedWhole.Count > 0)
        {
            return Separate(() => TrainedModel.Load(settings with { TrainedWhole = [] }, streams).Language);
        }

        if (settings.Adapter is not null)
        {
            model.Language.Adapters.Load(FrozenName, settings.Adapter);
            model.Language.Adapters.Active = model.Adapter;
            return SharedBase(model, FrozenName);
        }

        return SharedBase(model);
    }

    /// <summary>Another model, loaded when it is first needed.</summary>
    /// <param name="load">Loads it; it then belongs to the reference.</param>
    public static ReferencePolicy Separate(Func<LanguageModel> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        return new ReferencePolicy(null, null, load);
    }

    /// <summary>Whether it stands on the weights of the policy's model.</summary>
    internal bool SharesBase => _base is not null;

    /// <inheritdoc/>
    public void Dispose() => Release();

    /// <summary>Frees a model of its own; it is loaded again when it is needed again.</summary>
    internal void Release()
    {
        _own?.Dispose();
        _own = null;
    }

    /// <summary>The model of the reference, loaded if need be, and the adapter that acts in it; null for none.</summary>
    internal (LanguageModel Model, string? Adapter) Parts => (_base ?? (_own ??= _load!()), _adapter);

    /// <summary>Does something with the reference, its adapter active.</summary>
    internal T With<T>(Func<LanguageModel, T> act)
    {
        var (model, adapter) = Parts;
        using var use = _base?.Adapters.Use(adapter);
        return act(model);
    }

    /// <summary>Token log-probabilities [rows, time - 1] of a batch, without graph.</summary>
    internal Tensor LogProbs(PairBatch batch, HeadMemory memory)
    {
        using var ungraded = no_grad();
        return With(model =>
        {
            using var scope = NewDisposeScope();
            using var mode = new EvaluationMode(model);
            return new HeadLogProbs(model, memory).Of(model.Hidden(batch.Ids, batch.Mask, batch.Positions, first: batch.First), batch.Ids, batch.CompletionMask).MoveToOuterDisposeScope();
        });
    }
}

/// <summary>Log-probabilities of the completion tokens of a pair under the reference; 0 where a token is not learnt.</summary>
/// <param name="Chosen">One for each token of the preferred text.</param>
/// <param name="Rejected">One for each token of the rejected text.</param>
public sealed record ReferenceLogProbs(double[] Chosen, double[] Rejected);
