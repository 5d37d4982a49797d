using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Randomness;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>A score model in the form that the settings ask for: every weight is trained, or an adapter with the head in full beside
/// it.</summary>
public sealed class TrainedScoreModel : TrainedDecoder
{
    private TrainedScoreModel(ModelSettings settings, ScoreModel model, string? adapter)
        : base(settings, model, adapter) => Model = model;

    /// <summary>The model; the trained adapter is the active one.</summary>
    public ScoreModel Model { get; }

    private protected override IReadOnlyDictionary<string, Tensor> SavedBesideAdapter =>
        new Dictionary<string, Tensor> { [ScoreHead.TensorName] = Model.Head.Weight };

    /// <summary>
    /// Loads a score model, or the body of a language model with a fresh head, or draws all weights. An adapter's folder may bring the head
    /// (<c>score.weight</c>).
    /// </summary>
    /// <param name="settings">Which model, in what form.</param>
    /// <param name="streams">Where fresh weights, heads and adapters are drawn from.</param>
    /// <param name="adapterName">What the trained adapter is called, where there is one.</param>
    /// <exception cref="ReproException">The settings contradict themselves, a file is not valid, the head has several outputs, or the
    /// device is not there.</exception>
    public static TrainedScoreModel Load(ModelSettings settings, RandomStreams streams, string adapterName = "reward")
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(streams);
        Check(settings);
        return Load(settings, streams, adapterName, DeviceNames.Find(settings.Device));
    }

    /// <summary>The model on the meta device: names and shapes of everything that is loaded, without the numbers.</summary>
    /// <exception cref="ReproException">Loading it would fail, for another reason than the device.</exception>
    internal static TrainedScoreModel Shapes(ModelSettings settings)
    {
        Check(settings);
        return Load(settings, new RandomStreams(0), "reward", META);
    }

    private static TrainedScoreModel Load(ModelSettings settings, RandomStreams streams, string adapterName, Device device)
    {
        var model = LoadBase(settings, streams, device);
        var adapter = Prepare(model, settings, streams, adapterName, (name, folder) => LoadAdapter(model, name, folder));
        if (model.Head.Labels != 1)
        {
            var labels = model.Head.Labels;
            model.Dispose();
            throw new ReproException(Invariant($"{settings.Path}: a reward model has one output, this head has {labels}."));
        }

        // An adapter freezes the rest of the model, but the head is new and has to learn.
        model.Head.Weight.requires_grad = true;
        return new TrainedScoreModel(settings, model, adapter);
    }

    private static ScoreModel LoadBase(ModelSettings settings, RandomStreams streams, Device device)
    {
        if (settings.Fresh)
        {
            var config = ModelConfigFile.Read(Path.Combine(settings.Path, ModelConfigFile.Name)) with { Labels = 1 };
            return ScoreModel.Create(config, streams.For(RandomStreams.Initialisation), settings.Dtype, device);
        }

        using var files = SafetensorsFolder.Open(settings.Path);
        return files.Names.Contains(ScoreHead.TensorName)
            ? ScoreModel.Load(settings.Path, settings.Dtype, device)
            : ScoreModel.LoadBody(settings.Path, streams.For(RandomStreams.Initialisation, item: 2), settings.Dtype, device);
    }

    private static void LoadAdapter(ScoreModel model, string name, string folder) =>
        model.Adapters.Load(name, folder, AdapterRewardModel.HasHead(folder)
            ? new Dictionary<string, Tensor> { [ScoreHead.TensorName] = model.Head.Weight } : null);
}
