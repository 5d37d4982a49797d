using System.Text.RegularExpressions;
using Repro.Core.Configuration;
using Repro.Core.Models.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>The low-rank adapters of a model, by name. At most one acts at a time; with none the model is its base, the reference
/// policy.</summary>
public sealed class AdapterSet
{
    internal const string WeightsName = "adapter_model.safetensors";
    internal const string Prefix = "base_model.model.";

    private readonly NamedModule _model;
    private readonly SortedDictionary<string, Linear> _linears = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoraSettings> _settings = new(StringComparer.Ordinal);
    private string? _active;

    internal AdapterSet(NamedModule model)
    {
        _model = model;
        foreach (var (path, module) in model.named_modules())
        {
            if (module is Linear linear)
            {
                _linears.Add(path, linear);
            }
        }
    }

    /// <summary>Names of the adapters, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _settings.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Whether the active adapter has been added into the weights.</summary>
    public bool IsMerged => _linears.Values.Any(linear => linear.IsMerged);

    internal double ActiveDropout => _active is null ? 0 : _settings[_active].Dropout;

    /// <summary>The adapter that acts; null for the base alone.</summary>
    /// <exception cref="ArgumentException">Set to a name that is not attached.</exception>
    /// <exception cref="InvalidOperationException">Set while merged.</exception>
    public string? Active
    {
        get => _active;
        set
        {
            RequireUnmerged();
            if (value is not null && !_settings.ContainsKey(value))
            {
                throw new ArgumentException($"There is no adapter '{value}'; attached are: {string.Join(", ", Names)}.", nameof(value));
            }

            _active = value;
            foreach (var linear in _linears.Values)
            {
                linear.Activate(value);
            }
        }
    }

    /// <summary>Makes an adapter the active one for a while; several roles (policy, reference, reward models) stand on one base this
    /// way.</summary>
    /// <param name="name">The adapter; null for the base alone.</param>
    /// <returns>Dispose it to make the one before active again.</returns>
    /// <inheritdoc cref="Active"/>
    public IDisposable Use(string? name)
    {
        var before = Active;
        Active = name;
        return new AdapterUse(this, before);
    }

    /// <summary>
    /// Attaches a fresh adapter, makes it the active one and freezes the base. B is zero, so that nothing changes at first. The factors are
    /// in single precision at least, in models of half precision too.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Its form.</param>
    /// <param name="seed">Seed of A, which is uniform within 1 / sqrt(in).</param>
    /// <exception cref="ArgumentException">The name is taken or has a dot, or a target is no layer of the model.</exception>
    /// <exception cref="ReproException">There is no target.</exception>
    public void Add(string name, LoraSettings settings, long seed)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.RequireFitting();
        RequireNewName(name);
        if (UnknownTargets(settings) is { } problem)
        {
            throw new ArgumentException(problem, nameof(settings));
        }

        var targets = Targets(settings);
        using var generator = new Generator(unchecked((ulong)seed));
        foreach (var (_, linear) in targets)
        {
            var bound = 1 / Math.Sqrt(linear.Inputs);
            using var drawn = rand([settings.Rank, linear.Inputs], dtype: ScalarType.Float32, generator: generator);
            using var centred = drawn.mul(2 * bound).sub_(bound);
            var (dtype, device) = (LoraPair.FactorType(linear.Weight.dtype), linear.Weight.device);
            linear.Attach(name, new LoraPair(
                Owned(centred.to(dtype, device, copy: true)),
                Owned(zeros([linear.Outputs, settings.Rank], dtype: dtype, device: device)),
                settings));
        }

        Attached(name, settings);
    }

    /// <summary>The complaint about targets that are no layer of the model; null where each is one. PEFT trains the others without a word,
    /// and a misspelt name costs a part of the adapter.</summary>
    internal string? UnknownTargets(LoraSettings settings)
    {
        var strange = settings.Targets is ["all-linear"] ? []
            : settings.Targets.Where(target => !_linears.Keys.Any(layer => LoraSettings.Ends([target], layer))).ToList();
        var known = _linears.Keys.Select(layer => layer[(layer.LastIndexOf('.') + 1)..]).Distinct().ToList();
        return strange.Count == 0 ? null
            : strange.Contains("all-linear") ? "all-linear stands for every layer but the head and takes no other name beside it."
            : $"no linear layer is called {string.Join(", ", strange.Select(target => $"'{target}'"))}{Suggestion.For(strange[0], known)}; "
                + $"there are {string.Join(", ", known)}.";
    }

    /// <summary>Attaches the adapter of a PEFT folder (<c>adapter_config.json</c>, <c>adapter_model.safetensors</c>), makes it the active
    /// one and freezes the base.</summary>
    /// <param name="name">Its name here.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="saved">
    /// Tensors of modules that were trained in full beside the adapter (<c>modules_to_save</c>), by name as in the model; they are
    /// overwritten from the file. Null for none: the file must hold the adapter alone then.
    /// </param>
    /// <exception cref="ReproException">The folder is not valid, asks for a form that is not supported, or does not fit the
    /// model.</exception>
    public void Load(string name, string folder, IReadOnlyDictionary<string, Tensor>? saved = null)
    {
        RequireNewName(name);
        var whole = saved ?? new Dictionary<string, Tensor>();
        RefuseScoreHead(folder, whole);
        var settings = LoraConfigFile.Read(Path.Combine(folder, LoraConfigFile.Name), Modules(whole.Keys));
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        var targets = Targets(settings);
        var expected = targets.SelectMany(target => new[] { Key(target.Path, "A"), Key(target.Path, "B") })
            .Concat(whole.Keys.Select(path => Prefix + path)).ToHashSet(StringComparer.Ordinal);
        var stray = file.Entries.Keys.Except(expected, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault();
        if (targets.Count == 0 || stray is not null)
        {
            throw new ReproException(stray is null
                ? $"{folder}: no linear layer of the model fits target_modules."
                : $"{folder}: tensor '{stray}' has no place in the model.");
        }

        // All is read before anything is attached: a fault leaves the model as it was.
        using var scope = NewDisposeScope();
        var pairs = targets.Select(target => (target.Linear, Pair: new LoraPair(
            Read(file, Key(target.Path, "A"), target.Linear, settings.Rank, target.Linear.Inputs),
            Read(file, Key(target.Path, "B"), target.Linear, target.Linear.Outputs, settings.Rank),
            settings))).ToList();
        foreach (var (path, target) in whole)
        {
            file.CopyTo(Prefix + path, target);
        }

        foreach (var (linear, pair) in pairs)
        {
            pair.A.DetachFromDisposeScope();
            pair.B.DetachFromDisposeScope();
            linear.Attach(name, pair);
        }

        Attached(name, settings);
    }

    /// <summary>The base that the adapter of a PEFT folder names; null where the folder holds a model, no adapter, or names none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ReproException">Its <c>adapter_config.json</c> is not readable.</exception>
    public static string? BaseModel(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var path = Path.Combine(folder, LoraConfigFile.Name);
        return File.Exists(Path.Combine(folder, ModelConfigFile.Name)) || !File.Exists(path) ? null
            : ConfigObject.Load(path).Text("base_model_name_or_path");
    }

    /// <summary>Whether the configuration of a PEFT folder can be read; a head of a classifier is allowed for.</summary>
    /// <exception cref="ReproException">It is not valid, or asks for a form that is not supported.</exception>
    internal static void CheckFolder(string folder) =>
        _ = LoraConfigFile.Read(Path.Combine(folder, LoraConfigFile.Name), [ScoreHead.Name]);

    /// <summary>Whether a PEFT folder holds a tensor of the model itself beside the adapter.</summary>
    internal static bool HoldsBeside(string folder, string name)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        return file.Entries.ContainsKey(Prefix + name);
    }

    // Its configuration would be refused as well, by a key that says less.
    private static void RefuseScoreHead(string folder, IReadOnlyDictionary<string, Tensor> saved)
    {
        const string Head = ScoreHead.TensorName;
        if (!saved.ContainsKey(Head) && File.Exists(Path.Combine(folder, WeightsName)) && HoldsBeside(folder, Head))
        {
            throw new ReproException(
                $"{folder}: an adapter of a language model was expected; there is a score head ({Head}). It is a reward model.");
        }
    }

    /// <summary>Writes an adapter as a PEFT folder.</summary>
    /// <param name="name">The adapter.</param>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    /// <param name="saved">Tensors of modules that were trained in full, by name as in the model; null for none.</param>
    public void Save(string name, string folder, string? baseModel = null, IReadOnlyDictionary<string, Tensor>? saved = null)
    {
        var whole = saved ?? new Dictionary<string, Tensor>();
        var settings = Settings(name);
        Directory.CreateDirectory(folder);
        var tensors = whole.ToDictionary(pair => Prefix + pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var layers = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (path, linear) in _linears)
        {
            if (linear.Pair(name) is { } pair)
            {
                layers.Add(path[(path.LastIndexOf('.') + 1)..]);
                tensors.Add(Key(path, "A"), pair.A);
                tensors.Add(Key(path, "B"), pair.B);
            }
        }

        LoraConfigFile.Write(Path.Combine(folder, LoraConfigFile.Name), settings, layers, baseModel, Modules(whole.Keys));
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), tensors);
    }

    /// <summary>The parameters of an adapter, under the names of a PEFT file.</summary>
    /// <param name="name">The adapter.</param>
    public IReadOnlyDictionary<string, Parameter> Parameters(string name)
    {
        Settings(name);
        var parameters = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (path, linear) in _linears)
        {
            if (linear.Pair(name) is { } pair)
            {
                parameters.Add(Key(path, "A"), pair.A);
                parameters.Add(Key(path, "B"), pair.B);
            }
        }

        return parameters;
    }

    /// <summary>Detaches an adapter and frees it.</summary>
    /// <param name="name">The adapter.</param>
    public void Remove(string name)
    {
        Settings(name);
        RequireUnmerged();
        if (_active == name)
        {
            Active = null;
        }

        foreach (var linear in _linears.Values)
        {
            linear.Detach(name);
        }

        _settings.Remove(name);
    }

    /// <summary>Lets the base act alone until the result is disposed: the reference policy. Works on merged adapters too.</summary>
    public IDisposable Disable()
    {
        var (active, merged) = (_active, IsMerged);
        Unmerge();
        Active = null;
        return new Restoration(() =>
        {
            Active = active;
            if (merged)
            {
                Merge();
            }
        });
    }

    /// <summary>Adds the active adapter into the weights, which makes passes cheaper. The weights before are kept.</summary>
    public void Merge()
    {
        foreach (var linear in _linears.Values)
        {
            linear.Merge();
        }
    }

    /// <summary>Puts the weights back to the very bits they had.</summary>
    public void Unmerge()
    {
        foreach (var linear in _linears.Values)
        {
            linear.Unmerge();
        }
    }

    internal static string Key(string path, string factor) => $"{Prefix}{path}.lora_{factor}.weight";

    /// <summary>The modules that parameters belong to: <c>score</c> of <c>score.weight</c>.</summary>
    private static List<string> Modules(IEnumerable<string> names) =>
        [.. names.Select(name => name[..Math.Max(0, name.LastIndexOf('.'))])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static Parameter Owned(Tensor tensor)
    {
        var parameter = new Parameter(tensor);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    private static Parameter Read(SafetensorsFile file, string key, Linear linear, params long[] shape) =>
        Read(file, key, LoraPair.FactorType(linear.Weight.dtype), linear.Weight.device, shape);

    /// <summary>A factor of an adapter's file.</summary>
    /// <exception cref="ReproException">It is not there, or has another shape.</exception>
    internal static Parameter Read(SafetensorsFile file, string key, ScalarType type, Device device, params long[] shape)
    {
        if (!file.Entries.TryGetValue(key, out var entry) || !entry.Shape.SequenceEqual(shape))
        {
            throw new ReproException(
                $"{file.Path}: tensor '{key}' of shape [{InvariantText.Join(", ", shape)}] was expected, "
                    + $"found {(entry is null ? "none" : $"[{InvariantText.Join(", ", entry.Shape)}]")}.");
        }

        if (device.type == DeviceType.META)
        {
            return new Parameter(empty(shape, dtype: type, device: device));
        }

        using var read = file.Read(key);
        return new Parameter(read.to(type, device, copy: true));
    }

    private void Attached(string name, LoraSettings settings)
    {
        _settings.Add(name, settings);
        var own = _linears.Values.SelectMany(linear => _settings.Keys.Select(linear.Pair)).OfType<LoraPair>()
            .SelectMany(pair => new[] { pair.A, pair.B }).ToHashSet<Parameter>(ReferenceEqualityComparer.Instance);
        foreach (var parameter in _model.parameters().Where(parameter => !own.Contains(parameter)))
        {
            parameter.requires_grad = false;
        }

        Active = name;
    }

    private List<(string Path, Linear Linear)> Targets(LoraSettings settings)
    {
        try
        {
            return [.. _linears.Where(pair => settings.Fits(pair.Key)).Select(pair => (pair.Key, pair.Value))];
        }
        catch (RegexMatchTimeoutException failure)
        {
            throw new ReproException($"target_modules or exclude_modules: '{failure.Pattern}' took too long.", failure);
        }
    }

    private LoraSettings Settings(string name) =>
        _settings.TryGetValue(name, out var settings)
            ? settings
            : throw new ArgumentException($"There is no adapter '{name}'; attached are: {string.Join(", ", Names)}.", nameof(name));

    private void RequireNewName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        RequireUnmerged();
        if (_settings.ContainsKey(name) || name.Contains('.', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name of an adapter must be new and hold no dot, got '{name}'.", nameof(name));
        }
    }

    private void RequireUnmerged()
    {
        if (IsMerged)
        {
            throw new InvalidOperationException("An adapter is merged; unmerge it first.");
        }
    }

    private sealed class Restoration(Action restore) : IDisposable
    {
        private Action? _restore = restore;

        public void Dispose()
        {
            _restore?.Invoke();
            _restore = null;
        }
    }
}
