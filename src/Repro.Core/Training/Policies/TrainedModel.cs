using System.Globalization;
using Repro.Core.Chat;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Training.Policies;

/// <summary>A decoder with any head, in the form that the settings ask for, with the parameters that are trained and what later stages
/// need of it.</summary>
public abstract class TrainedDecoder : IDisposable
{
    private readonly Lazy<TextTokenizer> _tokenizer;
    private ChatTemplate? _template;

    private protected TrainedDecoder(ModelSettings settings, DecoderModel body, string? adapter)
    {
        (Settings, Body, Adapter) = (settings, body, adapter);
        _tokenizer = new Lazy<TextTokenizer>(() => TokenizerLoader.Load(TokenizerFolder, body.Config.VocabularySize));
    }

    /// <summary>What it was made from.</summary>
    public ModelSettings Settings { get; }

    /// <summary>The model; the trained adapter is the active one.</summary>
    public DecoderModel Body { get; }

    /// <summary>Name of the trained adapter; null where the weights themselves are trained.</summary>
    public string? Adapter { get; }

    /// <summary>The tokenizer, loaded when it is first asked for.</summary>
    /// <exception cref="ReproException">There is none, it is not valid, or it has more ids than the model.</exception>
    public TextTokenizer Tokenizer => _tokenizer.Value;

    private string TokenizerFolder => Settings.Tokenizer ?? Settings.Path;

    /// <summary>Finds the template of the run, which goes along when the model is written.</summary>
    /// <param name="template">What the settings ask for; null for the model's own.</param>
    internal ChatTemplate UseTemplate(string? template)
    {
        _template = StageTemplate.Find(template, Settings, Tokenizer).Template;
        return _template;
    }

    /// <summary>The parameters that are trained, by their names in checkpoints: those of the adapter as PEFT calls them, and those of the
    /// model that are not frozen.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainedParameters()
    {
        var own = Body.BaseParameters().Where(pair => pair.Value.requires_grad).Select(pair => (pair.Key, pair.Value));
        return Adapter is null ? [.. own] : [.. Body.Adapters.Parameters(Adapter).Select(pair => (pair.Key, pair.Value)), .. own];
    }

    /// <summary>The forward pass of a training step, with gradient checkpointing where the settings ask for it.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">As in <see cref="DecoderModel.Hidden"/>.</param>
    /// <param name="positions">As in <see cref="DecoderModel.Hidden"/>.</param>
    /// <param name="first">As in <see cref="DecoderModel.Hidden"/>.</param>
    /// <returns>Hidden states [batch, count - first, width], and how to take their gradient through the model.</returns>
    public ForwardPass Forward(Tensor ids, Tensor mask, Tensor? positions = null, long first = 0) =>
        Body.Forward(ids, mask, positions, first, Settings.GradientCheckpointing);

    /// <summary>Draws dropout from its own stream until the result is disposed; costs nothing where the adapter has none.</summary>
    /// <param name="streams">The streams of the run.</param>
    /// <param name="step">The step.</param>
    /// <param name="part">Which micro-batch of the step.</param>
    public IDisposable? UseDropout(RandomStreams streams, long step, long part)
    {
        ArgumentNullException.ThrowIfNull(streams);
        return Body.Adapters.ActiveDropout > 0 ? Body.UseDropoutSeed(streams.For(RandomStreams.Dropout, step, part)) : null;
    }

    /// <summary>
    /// Writes what was trained, the tokenizer's files and the template of the run. An adapter alone becomes a PEFT folder; where weights
    /// of the model changed a whole model is written, the adapter added in.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    public void Export(string folder)
    {
        if (Adapter is not null && Settings.TrainedWhole.Count == 0)
        {
            Body.Adapters.Save(Adapter, folder, Settings.Path.Length > 0 ? Settings.Path : null, SavedBesideAdapter);
        }
        else
        {
            Body.Adapters.Merge();
            try
            {
                Body.Save(folder);
            }
            finally
            {
                Body.Adapters.Unmerge();
            }
        }

        if (TokenizerFolder.Length > 0)
        {
            TokenizerFiles.Copy(TokenizerFolder, folder);
        }

        if (_template is not null)
        {
            ChatForms.Write(_template, Tokenizer, folder);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Body.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Tensors that are trained in full and go into the adapter's folder, by name as in the model; null for none.</summary>
    private protected virtual IReadOnlyDictionary<string, Tensor>? SavedBesideAdapter => null;

    /// <summary>Puts adapter and whole modules of the settings on a model that was just loaded; it is disposed where they do not
    /// fit.</summary>
    /// <returns>Name of the trained adapter; null where there is none.</returns>
    private protected static string? Prepare(
        DecoderModel model, ModelSettings settings, RandomStreams streams, string name, Action<string, string> loadAdapter)
    {
        try
        {
            var adapter = Attach(model, settings, streams, name, loadAdapter);
            Unfreeze(model, settings.TrainedWhole);
            // A loaded model is in evaluation mode; training draws the adapter's dropout.
            model.train();
            return adapter;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static string? Attach(
        DecoderModel model, ModelSettings settings, RandomStreams streams, string name, Action<string, string> loadAdapter)
    {
        if (settings.Adapter is not null)
        {
            loadAdapter(name, settings.Adapter);
            return name;
        }

        if (settings.Lora is null)
        {
            return null;
        }

        if (model.Adapters.UnknownTargets(settings.Lora) is { } problem)
        {
            throw new ReproException($"model.lora.targets: {problem}");
        }

        model.Adapters.Add(name, settings.Lora, streams.For(RandomStreams.Initialisation, item: 1));
        return name;
    }

    private static void Unfreeze(DecoderModel model, IReadOnlyList<string> modules)
    {
        var parameters = model.BaseParameters();
        foreach (var module in modules)
        {
            var own = parameters.Where(pair => pair.Key[..pair.Key.LastIndexOf('.')] is var path
                && (path == module || path.EndsWith("." + module, StringComparison.Ordinal))).ToList();
            if (own.Count == 0)
            {
                throw new ReproException($"model.trained_whole names '{module}', which the model does not have.");
            }

            foreach (var (_, parameter) in own)
            {
                parameter.requires_grad = true;
            }
        }
    }

    /// <summary>Whether the settings of a model go together.</summary>
    /// <exception cref="ReproException">They do not.</exception>
    internal static void Check(ModelSettings settings)
    {
        if (settings.Adapter is not null && settings.Lora is not null)
        {
            throw new ReproException("model.adapter and model.lora exclude each other: an adapter's folder says its form itself.");
        }

        if (settings.TrainedWhole.Count > 0 && settings.Adapter is null && settings.Lora is null)
        {
            throw new ReproException("model.trained_whole needs an adapter beside it: without one every weight is trained anyway.");
        }
    }
}

/// <summary>A language model in the form that the settings ask for, with the parameters that are trained and what later stages need of
/// it.</summary>
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
        return Load(settings, streams, adapterName, DeviceNames.Find(settings.Device));
    }

    /// <summary>The model on the meta device: names and shapes of everything that is loaded, without the numbers.</summary>
    /// <exception cref="ReproException">Loading it would fail, for another reason than the device.</exception>
    internal static TrainedModel Shapes(ModelSettings settings)
    {
        Check(settings);
        return Load(settings, new RandomStreams(0), "policy", META);
    }

    private static TrainedModel Load(ModelSettings settings, RandomStreams streams, string adapterName, Device device)
    {
        var language = LoadBase(settings, streams, device);
        return new TrainedModel(
            settings, language, Prepare(language, settings, streams, adapterName, (name, folder) => language.Adapters.Load(name, folder)));
    }

    /// <summary>A model that is in memory already, for programs that make their own. It has no tokenizer.</summary>
    /// <param name="language">The model; it belongs to the result.</param>
    /// <param name="adapter">The attached adapter that is trained; null where the weights themselves are trained.</param>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    public static TrainedModel InMemory(LanguageModel language, string? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(language);
        language.Adapters.Active = adapter;
        return new TrainedModel(new ModelSettings { Path = string.Empty }, language, adapter);
    }

    private static LanguageModel LoadBase(ModelSettings settings, RandomStreams streams, Device device) => settings.Fresh
        ? LanguageModel.Create(
            ModelConfigFile.Read(Path.Combine(settings.Path, ModelConfigFile.Name)),
            streams.For(RandomStreams.Initialisation),
            settings.Dtype,
            device,
            onDevice: device.type != DeviceType.CPU)
        : LanguageModel.Load(settings.Path, settings.Dtype, device);
}

/// <summary>Devices by the names that settings use.</summary>
public static class DeviceNames
{
    /// <summary>The device of a name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:</c> with a number.</param>
    /// <exception cref="ReproException">The name is not one of these, or the device is not there.</exception>
    public static Device Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == "cpu")
        {
            return CPU;
        }

        var index = 0;
        if (name != "cuda"
            && !(
                name.StartsWith("cuda:", StringComparison.Ordinal)
                    && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index)))
        {
            throw new ReproException($"Device '{name}' is not known; cpu, cuda or cuda:0 was expected.");
        }

        if (!cuda.is_available() || index >= cuda.device_count())
        {
            throw new ReproException(
                $"Device '{name}' is not there; "
                    + $"{(cuda.is_available() ? Invariant($"{cuda.device_count()} CUDA devices are") : "no CUDA device is")} available.");
        }

        return device("cuda", index);
    }
}

/// <summary>The template that a stage writes conversations with.</summary>
internal static class StageTemplate
{
    /// <summary>What the settings ask for, else the own one of the tokenizer's folder, the adapter or the model.</summary>
    internal static FoundTemplate Find(string? template, ModelSettings model, TextTokenizer tokenizer) =>
        ChatForms.Find(template, tokenizer, model.Tokenizer, model.Adapter, model.Path);
}

/// <summary>The policy of a run, as far as it decides what reward models read.</summary>
/// <param name="Model">Its settings.</param>
/// <param name="Template">The template that the settings ask for; null for the model's own.</param>
/// <param name="Config">Its sizes.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
internal sealed record PolicyText(ModelSettings Model, string? Template, ModelConfig Config, TextTokenizer Tokenizer);
