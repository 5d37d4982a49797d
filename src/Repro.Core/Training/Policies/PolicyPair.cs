using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Core.Training.Policies;

/// <summary>
/// The policy that is trained, and the reference that it is held near and that is never trained. The reference is the model of the policy
/// with its adapter switched off or with another adapter, or a second model, which is loaded when it is first needed. The pair owns both.
/// </summary>
public sealed class PolicyPair : IDisposable
{
    private const string ReferenceName = "reference";

    private readonly Func<LanguageModel>? _load;
    private LanguageModel? _second;

    private PolicyPair(TrainedModel policy, bool sharesBase, string? referenceAdapter, Func<LanguageModel>? load)
    {
        ArgumentNullException.ThrowIfNull(policy);
        (Policy, SharesBase, ReferenceAdapter, _load) = (policy, sharesBase, referenceAdapter, load);
    }

    /// <summary>The policy; its adapter, where it has one, is the active one unless <see cref="UseReference"/> says otherwise.</summary>
    public TrainedModel Policy { get; }

    /// <summary>Whether there is a reference.</summary>
    public bool HasReference => SharesBase || _load is not null;

    /// <summary>Whether the reference uses the weights of the policy's model.</summary>
    public bool SharesBase { get; }

    /// <summary>The adapter that acts in the reference where both share a base; null for the base alone.</summary>
    public string? ReferenceAdapter { get; }

    /// <summary>
    /// The model of the reference, loaded if need be. Where it is that of the policy, <see cref="UseReference"/> makes it the reference.
    /// </summary>
    /// <exception cref="ReproException">There is no reference, or a file is not valid.</exception>
    public LanguageModel Reference => SharesBase
        ? Policy.Language
        : _second ??= _load?.Invoke() ?? throw new ReproException("The loss needs a reference, but there is none.");

    /// <summary>Whether <see cref="FromStart"/> needs one model in memory and not two: an adapter alone is trained.</summary>
    /// <param name="settings">Which model, in what form.</param>
    internal static bool SharesWeights(ModelSettings settings) =>
        (settings.Lora is not null || settings.Adapter is not null) && settings.TrainedWhole.Count == 0;

    /// <summary>Loads a policy and makes <see cref="FromStart"/> of it.</summary>
    /// <param name="settings">Which model, in what form.</param>
    /// <param name="streams">Where fresh weights and adapters are drawn from.</param>
    /// <param name="withReference">Whether a reference is needed.</param>
    /// <exception cref="ReproException">The settings contradict themselves, a file is not valid, or the device is not there.</exception>
    public static PolicyPair Load(ModelSettings settings, RandomStreams streams, bool withReference = true)
    {
        var policy = TrainedModel.Load(settings, streams);
        try
        {
            return withReference ? FromStart(policy, streams) : WithoutReference(policy);
        }
        catch
        {
            policy.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The reference is the policy as it is before training, in the way that takes the least memory: a fresh adapter switched off, a frozen
    /// copy of an adapter that training goes on from, or, where weights of the base are trained, the base loaded a second time.
    /// </summary>
    /// <param name="policy">The policy, untrained.</param>
    /// <param name="streams">Where its fresh weights were drawn from.</param>
    /// <exception cref="ReproException">A file is not valid.</exception>
    public static PolicyPair FromStart(TrainedModel policy, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(streams);
        var settings = policy.Settings;
        if (policy.Adapter is null || settings.TrainedWhole.Count > 0)
        {
            return SecondModel(policy, () => TrainedModel.Load(settings with { TrainedWhole = [] }, streams).Language);
        }

        if (settings.Adapter is not null)
        {
            policy.Language.Adapters.Load(ReferenceName, settings.Adapter);
            policy.Language.Adapters.Active = policy.Adapter;
            return SharedBase(policy, ReferenceName);
        }

        return SharedBase(policy);
    }

    /// <summary>The reference is the model of the policy with its adapter switched off, or with another adapter.</summary>
    /// <param name="policy">Must train an adapter and nothing else.</param>
    /// <param name="referenceAdapter">Name of the adapter that acts in the reference; null for none.</param>
    /// <exception cref="ReproException">Weights of the reference are trained, so that it is no reference.</exception>
    public static PolicyPair SharedBase(TrainedModel policy, string? referenceAdapter = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Adapter is null || policy.Settings.TrainedWhole.Count > 0)
        {
            throw new ReproException(
                "The reference cannot share weights that are trained: give it a model of its own, or train an adapter alone.");
        }

        return referenceAdapter != policy.Adapter
            ? new PolicyPair(policy, sharesBase: true, referenceAdapter, load: null)
            : throw new ReproException($"Policy and reference are the same adapter '{referenceAdapter}'.");
    }

    /// <summary>The reference is another model, used as it is loaded.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="load">Loads the reference when it is first needed, and again after <see cref="ReleaseReference"/>; the model then
    /// belongs to the pair.</param>
    public static PolicyPair SecondModel(TrainedModel policy, Func<LanguageModel> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        return new PolicyPair(policy, sharesBase: false, referenceAdapter: null, load);
    }

    /// <summary>A policy alone, for losses that need no reference.</summary>
    /// <param name="policy">The policy.</param>
    public static PolicyPair WithoutReference(TrainedModel policy) => new(policy, sharesBase: false, referenceAdapter: null, load: null);

    /// <summary>Frees policy and reference.</summary>
    public void Dispose()
    {
        ReleaseReference();
        Policy.Dispose();
    }

    /// <summary>Frees the second model, where there is one; it is loaded again when it is needed again.</summary>
    internal void ReleaseReference()
    {
        _second?.Dispose();
        _second = null;
    }

    /// <summary>Makes the policy's adapter active until the result is disposed.</summary>
    internal IDisposable UsePolicy() => Policy.Language.Adapters.Use(Policy.Adapter);

    /// <summary>Makes the reference's adapter active until the result is disposed; a second model keeps the form it was loaded
    /// in.</summary>
    internal IDisposable? UseReference() => SharesBase ? Policy.Language.Adapters.Use(ReferenceAdapter) : null;

    /// <summary>Log-probabilities under the policy, without graph and without dropout.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="memory">How much memory tables over the vocabulary may take.</param>
    /// <returns>[rows, time - 1], 0 where a token is not in the completion mask.</returns>
    internal Tensor PolicyLogProbs(PairBatch batch, HeadMemory memory)
    {
        using var use = UsePolicy();
        return LogProbs(Policy.Language, batch.Ids, batch.Mask, batch.Positions, batch.First, batch.CompletionMask, memory);
    }

    /// <inheritdoc cref="PolicyLogProbs(PairBatch, HeadMemory)"/>
    internal Tensor PolicyLogProbs(TokenBatch batch, HeadMemory memory)
    {
        using var use = UsePolicy();
        return LogProbs(Policy.Language, batch.Ids, batch.AttentionMask, null, batch.First, batch.CompletionMask, memory);
    }

    /// <summary>Log-probabilities under the reference, likewise.</summary>
    /// <inheritdoc cref="PolicyLogProbs(PairBatch, HeadMemory)"/>
    internal Tensor ReferenceLogProbs(PairBatch batch, HeadMemory memory)
    {
        using var use = UseReference();
        return LogProbs(Reference, batch.Ids, batch.Mask, batch.Positions, batch.First, batch.CompletionMask, memory);
    }

    /// <inheritdoc cref="ReferenceLogProbs(PairBatch, HeadMemory)"/>
    internal Tensor ReferenceLogProbs(TokenBatch batch, HeadMemory memory)
    {
        using var use = UseReference();
        return LogProbs(Reference, batch.Ids, batch.AttentionMask, null, batch.First, batch.CompletionMask, memory);
    }

    private static Tensor LogProbs(
        LanguageModel model, Tensor ids, Tensor mask, Tensor? positions, long first, Tensor completionMask, HeadMemory memory)
    {
        using var scope = NewDisposeScope();
        using var inference = new EvaluationMode(model, gradients: false);
        var hidden = model.Hidden(ids, mask, positions, first: first);
        return new HeadLogProbs(model, memory).Compute(hidden, ids, completionMask).MoveToOuterDisposeScope();
    }
}

/// <summary>Log-probabilities of the tokens of a pair under the reference; 0 where a token is not in the completion mask.</summary>
/// <param name="Chosen">One for each token of the chosen text.</param>
/// <param name="Rejected">One for each token of the rejected text.</param>
public sealed record ReferenceLogProbs(double[] Chosen, double[] Rejected);
