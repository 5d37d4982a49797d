using Repro.Core.Models.Adapters;
using Repro.Core.Models.Layers;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>
/// A reward model that is an adapter and a head on a base which others use too: one base in memory carries policy, reference and reward models.
/// The base belongs to the caller; scoring leaves its active adapter and its mode as they were.
/// </summary>
public sealed class AdapterRewardModel : IRewardModel, IDisposable
{
    private const string HeadTensor = ScoreHead.Name + ".weight";

    /// <summary>Puts the parts together.</summary>
    /// <param name="model">The base.</param>
    /// <param name="role">Name of the adapter on the base; null for the base without one.</param>
    /// <param name="head">A head with one output; it is disposed with this.</param>
    /// <exception cref="ArgumentException">The base has no such adapter, or the head does not fit.</exception>
    public AdapterRewardModel(DecoderModel model, string? role, ScoreHead head)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(head);
        if (role is not null && !model.Adapters.Names.Contains(role))
        {
            throw new ArgumentException($"The base has no adapter '{role}'; attached are: {string.Join(", ", model.Adapters.Names)}.", nameof(role));
        }

        if (head.Labels != 1 || head.Weight.shape[1] != model.Config.HiddenSize)
        {
            throw new ArgumentException(Invariant($"A head of shape [1, {model.Config.HiddenSize}] was expected, found [{InvariantText.Join(", ", head.Weight.shape)}]."), nameof(head));
        }

        (Model, Role, Head) = (model, role, head);
    }

    /// <summary>The base.</summary>
    public DecoderModel Model { get; }

    /// <summary>Name of the adapter; null for the base without one.</summary>
    public string? Role { get; }

    /// <summary>The head.</summary>
    public ScoreHead Head { get; }

    /// <summary>Attaches a fresh adapter and a fresh head. The base is frozen; its active adapter stays.</summary>
    /// <param name="model">The base.</param>
    /// <param name="role">Name of the adapter.</param>
    /// <param name="settings">Form of the adapter.</param>
    /// <param name="seed">Seed of adapter and head.</param>
    /// <exception cref="ArgumentException">The name is taken or has a dot, or no layer fits the targets.</exception>
    public static AdapterRewardModel Create(DecoderModel model, string role, LoraSettings settings, long seed) =>
        Attach(model, role, seed, _ => model.Adapters.Add(role, settings, seed));

    /// <summary>Attaches the adapter and the head (<c>score.weight</c>) of a PEFT folder. The base is frozen; its active adapter stays.</summary>
    /// <param name="model">The base.</param>
    /// <param name="role">Name of the adapter here.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ReproException">The folder is not valid, has no head, or does not fit the base.</exception>
    public static AdapterRewardModel Load(DecoderModel model, string role, string folder) =>
        Attach(model, role, 0, head => model.Adapters.Load(role, folder, new Dictionary<string, Tensor> { [HeadTensor] = head.Weight }));

    /// <summary>Whether a PEFT folder holds a head beside the adapter.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ReproException">The folder has no valid weights.</exception>
    public static bool HasHead(string folder) => AdapterSet.HoldsBeside(folder, HeadTensor);

    /// <summary>Writes adapter and head as a PEFT folder of a sequence classifier.</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    /// <exception cref="InvalidOperationException">There is no adapter.</exception>
    public void Save(string folder, string? baseModel = null)
    {
        var role = Role ?? throw new InvalidOperationException("A reward model without an adapter is not written as one: save the whole model.");
        Model.Adapters.Save(role, folder, baseModel, new Dictionary<string, Tensor> { [HeadTensor] = Head.Weight });
    }

    /// <inheritdoc/>
    public Tensor Score(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var inference = new InferenceMode(Model);
        using var use = Model.Adapters.Use(Role);
        return Head.LastScores(Model, ids, mask).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ScoreTokens(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var inference = new InferenceMode(Model);
        using var use = Model.Adapters.Use(Role);
        return Head.Scores(Model.Hidden(ids, mask)).squeeze(2).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the head. The adapter stays on the base until it is removed there.</summary>
    public void Dispose() => Head.Dispose();

    private static AdapterRewardModel Attach(DecoderModel model, string role, long seed, Action<ScoreHead> attach)
    {
        ArgumentNullException.ThrowIfNull(model);
        var active = model.Adapters.Active;
        var head = ScoreHead.Create(model.Config, seed, 1, model.Dtype, model.Device);
        try
        {
            attach(head);
            model.Adapters.Active = active;
            return new AdapterRewardModel(model, role, head);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }
}
