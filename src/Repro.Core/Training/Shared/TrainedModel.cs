using Repro.Core.Models;
using TorchSharp;

namespace Repro.Core.Training.Shared;

/// <summary>A language model in the form that the settings ask for, with the parameters that are trained and what later stages need of it.</summary>
public sealed class TrainedModel : TrainedDecoder
{
    private TrainedModel(ModelSettings settings, LanguageModel language, string? adapter)
        : base(settings, language, adapter) => Language = language;

    /// <summary>The model; the trained adapter is the active one.</summary>
    public LanguageModel Language { get; }

    /// <summary>Loads a model, or draws its weights.</summary>
    /// <param name="settings">Which model, in what form.</param>
    /// <param name="streams">Where fresh weights and adapters are drawn from.</param>
    /// <param name="adapterName">What the trained adapter is called, where there is one.</param>
    /// <exception cref="ReproException">The settings contradict themselves, a file is not valid, or the device is not there.</exception>
    public static TrainedModel Load(ModelSettings settings, RandomStreams streams, string adapterName = "policy")
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(streams);
        Check(settings);
        var language = LoadBase(settings, streams);
        return new TrainedModel(settings, language, Prepare(language, settings, streams, adapterName, (name, folder) => language.Adapters.Load(name, folder)));
    }

    /// <summary>Loads the model of the settings without any adapter, every weight frozen: a reference that does not share weights.</summary>
    /// <param name="settings">Which model; its adapter is left out.</param>
    /// <param name="streams">Where fresh weights are drawn from.</param>
    /// <exception cref="ReproException">A file is not valid, or the device is not there.</exception>
    public static LanguageModel LoadFrozen(ModelSettings settings, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(streams);
        var language = LoadBase(settings, streams);
        foreach (var parameter in language.parameters())
        {
            parameter.requires_grad = false;
        }

        return language;
    }

    private static LanguageModel LoadBase(ModelSettings settings, RandomStreams streams)
    {
        var place = DeviceNames.Find(settings.Device);
        return settings.Fresh
            ? LanguageModel.Create(ModelConfigFile.Read(Path.Combine(settings.Path, ModelConfigFile.Name)), streams.For(RandomStreams.Initialisation), settings.Dtype, place, onDevice: place.type != DeviceType.CPU)
            : LanguageModel.Load(settings.Path, settings.Dtype, place);
    }
}
