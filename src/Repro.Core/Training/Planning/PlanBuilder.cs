using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;

namespace Repro.Core.Training.Planning;

/// <summary>
/// Makes the plan of a stage. What is wrong becomes a problem of the plan instead of ending it; what cannot be checked because of an
/// earlier problem is left out; of the data this is said.
/// </summary>
/// <remarks>In this order: model and tokenizer, what the stage adds with <see cref="Check{T}"/>, <see cref="Data"/>,
/// <see cref="Build"/>.</remarks>
internal sealed class PlanBuilder
{
    private const int MeasuredRows = 200;

    private readonly List<PlanCheck> _checks = [];
    private readonly StageConfig _stage;
    private readonly Func<ModelSettings, TrainedDecoder> _shapes;
    private bool _loads;
    private (long Scalars, string Finding)? _adapted;

    /// <summary>Checks model and tokenizer.</summary>
    /// <param name="stage">The settings of the stage.</param>
    /// <param name="shapes">Loads names and shapes of the model that is trained, and throws what loading it would throw.</param>
    internal PlanBuilder(StageConfig stage, Func<ModelSettings, TrainedDecoder> shapes)
    {
        (_stage, _shapes) = (stage, shapes);
        Model = ReadModel(stage.Model);

        // A folder that is not there is one fault, not two.
        var isThere = stage.Model.Tokenizer is not null || Directory.Exists(stage.Model.Path);
        Tokenizer = isThere ? ReadTokenizer(stage.Model) : null;
    }

    /// <summary>Sizes of the model; null if they could not be read.</summary>
    internal ModelConfig? Model { get; }

    /// <summary>The tokenizer; null if it could not be read.</summary>
    internal TextTokenizer? Tokenizer { get; }

    /// <summary>Takes what the data of the stage gave, left out and cut; the plan shows it.</summary>
    internal ReadNotes Notes { get; } = new();

    /// <summary>Checks something.</summary>
    /// <typeparam name="T">What the check gives.</typeparam>
    /// <param name="subject">Which key of the settings.</param>
    /// <param name="check">Gives a value with one line on it; throws <see cref="ReproException"/> where something is wrong.</param>
    /// <returns>The value, or the default where something is wrong.</returns>
    internal T? Check<T>(string subject, Func<(T Value, string Finding)> check)
    {
        try
        {
            var (value, finding) = check();
            _checks.Add(new PlanCheck(subject, finding));
            return value;
        }
        catch (ReproException failure)
        {
            _checks.Add(new PlanCheck(subject, "-", failure.Message));
            return default;
        }
    }

    /// <summary>Says which template conversations are written with.</summary>
    /// <param name="template">What the settings ask for; null for the model's own.</param>
    internal void Template(string? template)
    {
        if (Tokenizer is { } tokenizer)
        {
            Check("template", () => (template, StageTemplate.Find(template, _stage.Model, tokenizer).Origin));
        }
    }

    /// <summary>The policy, for what reads its responses; null if model, weights or tokenizer could not be read.</summary>
    /// <param name="template">The template that the settings ask for; null for the model's own.</param>
    internal PolicyText? Policy(string? template) =>
        this is { _loads: true, Model: { } model, Tokenizer: { } tokenizer }
            ? new PolicyText(_stage.Model, template, model, tokenizer)
            : null;

    /// <summary>Reads the training data. Without model or tokenizer only their formats are checked, and the plan says so.</summary>
    /// <typeparam name="T">What one row is.</typeparam>
    /// <param name="sets">The data sets.</param>
    /// <param name="read">Gives the rows with one line on them.</param>
    /// <returns>The rows; none if they, the model or the tokenizer could not be read.</returns>
    internal IReadOnlyList<T> Data<T>(
        IReadOnlyList<DatasetSettings> sets, Func<TextTokenizer, (IReadOnlyList<T> Rows, string Finding)> read)
    {
        if (Model is null || Tokenizer is not { } tokenizer)
        {
            foreach (var set in sets)
            {
                Check("data", () => (set, $"{set.Path}: {Dataset.FormatOf(set)}; its rows were not checked"));
            }

            var missing = Model is not null ? "the tokenizer" : Tokenizer is null ? "model and tokenizer" : "the model";
            var template = Tokenizer is null ? "template, " : string.Empty;
            _checks.Add(new PlanCheck("not checked", $"{template}rows of the data, lengths, steps, memory: they need {missing}"));
            return [];
        }

        return Check("data", () => read(tokenizer)) ?? [];
    }

    /// <summary>Makes the plan.</summary>
    /// <typeparam name="T">What one row is.</typeparam>
    /// <param name="rows">What <see cref="Data"/> gave.</param>
    /// <param name="length">Tokens of an example.</param>
    /// <param name="work">What a step does with them.</param>
    internal StagePlan Build<T>(IReadOnlyList<T> rows, Func<T, int> length, Workload work)
    {
        if (Model is not { } model || rows.Count == 0)
        {
            return new StagePlan(_checks, 0, 0, 0, 0, new Dictionary<string, long>(), 0) { Data = Notes.Lines() };
        }

        var settings = _stage.Model;
        work = Measured(rows, length, work);
        var steps = Steps(rows.Count, work);
        var config = work.ScoreHead ? model with { Labels = 1 } : model;
        var scalars = work.ScoreHead ? ModelSize.ScoreModel(config) : ModelSize.LanguageModel(config);
        var found = settings.Adapter is null && settings.Lora is null ? (scalars, "every weight") : _adapted;
        var trained = found is { } known ? Check("trained", () => known) : 0;
        var memory = CostEstimate.Memory(config, settings, work, scalars * work.Models, trained);
        CheckMemory(memory.Values.Sum());
        var multiplied = work.ScoreHead ? scalars - ModelSize.Embedding(config) : CostEstimate.Multiplied(config);
        var operations = steps * CostEstimate.OperationsPerStep(settings, work, multiplied);
        return new StagePlan(_checks, steps, (long)work.TokensPerStep, scalars, trained, memory, operations) { Data = Notes.Lines() };
    }

    private Workload Measured<T>(IReadOnlyList<T> rows, Func<T, int> length, Workload work) => Check("lengths", () =>
    {
        var lengths = Lengths(rows, length);
        return (
            work with { MeanTokens = (double)lengths.Sum() / lengths.Count, LongestTokens = lengths.Max() },
            Invariant($"{lengths.Average():F0} tokens on average, {lengths.Max()} at most, ")
                + Invariant($"of {lengths.Count} {InvariantText.Noun(lengths.Count, "row")}"));
    }) ?? work;

    // Tokens of some rows, spread over all of them.
    private static List<int> Lengths<T>(IReadOnlyList<T> rows, Func<T, int> length)
    {
        var lengths = new List<int>();
        for (var row = 0; row < rows.Count; row += Math.Max(1, rows.Count / MeasuredRows))
        {
            lengths.Add(length(rows[row]));
        }

        return lengths;
    }

    // Given texts are all used, in a last step with fewer; an incomplete batch of prompts is dropped.
    private long Steps(int rows, Workload work)
    {
        var sampled = work.SampledTexts > 0;
        var perEpoch = sampled ? rows / work.BatchSize : Math.Ceiling((double)rows / work.BatchSize);
        var all = (long)Math.Ceiling(work.Epochs * perEpoch);
        if (!sampled && _stage.Run.MaximumSteps is null)
        {
            return all;
        }

        return Check("steps", () => (Math.Min(all, _stage.Run.MaximumSteps ?? all), Finding(all, sampled ? work.BatchSize : null)));
    }

    private string Finding(long steps, int? prompts)
    {
        var end = _stage.Run.MaximumSteps switch
        {
            null => string.Empty,
            { } most when most < steps => Invariant($", cut to {most:N0} by run.maximum_steps"),
            { } most => Invariant($"; run.maximum_steps is {most:N0}"),
        };
        return (prompts is null ? Invariant($"{steps:N0}") : Invariant($"{steps:N0} of {prompts} prompts")) + end;
    }

    private void CheckMemory(long needed)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (_stage.Model.Device == "cpu")
        {
            Check("memory", () => needed <= available
                ? (needed, Invariant($"about {needed >> 20:N0} MiB of {available >> 20:N0}"))
                : throw new ReproException(Invariant($"about {needed >> 20:N0} MiB are needed, this machine has {available >> 20:N0}.")));
        }
    }

    // The model's folder: configuration, weights by their headers, device.
    private ModelConfig? ReadModel(ModelSettings settings)
    {
        var fits = Fits(() => TrainedDecoder.Check(settings));

        var config = Check("model.path", () =>
        {
            var found = ModelConfigFile.Read(Path.Combine(settings.Path, ModelConfigFile.Name));
            return (
                found,
                Invariant($"{found.Architecture}, {found.Layers} blocks of width {found.HiddenSize}, ")
                    + Invariant($"{ModelSize.LanguageModel(found):N0} scalars"));
        });
        _loads = config is not null && (settings.Fresh || Check("model.path", () => Weights(settings)));

        Check("model.device", () => (DeviceNames.Find(settings.Device), settings.Device));
        if (settings.Adapter is { } adapter)
        {
            fits &= Check("model.adapter", () => (true, adapter + Adapter(settings, adapter)));
        }

        // All of it together: targets of an adapter, and modules that are trained whole.
        if (_loads && fits && (settings.Adapter is not null || settings.Lora is not null))
        {
            Fits(() => _adapted = Adapted(settings));
        }

        return config;
    }

    // What is found to be wrong is a problem of the plan; what is right needs no line.
    private bool Fits(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (ReproException failure)
        {
            _checks.Add(new PlanCheck("model", "-", failure.Message));
            return false;
        }
    }

    private TextTokenizer? ReadTokenizer(ModelSettings settings)
    {
        var folder = settings.Tokenizer ?? settings.Path;
        return Check("tokenizer", () =>
        {
            var tokenizer = Model is { } config ? TokenizerLoader.Load(folder, config.VocabularySize) : TokenizerLoader.Load(folder);
            return (tokenizer, $"{tokenizer.Count} tokens");
        });
    }

    private (long Scalars, string Finding) Adapted(ModelSettings settings)
    {
        using var model = _shapes(settings);
        var adapter = model.Body.Adapters.Parameters(model.Adapter!).Values.Sum(parameter => parameter.numel());
        var whole = settings.TrainedWhole.Count > 0 ? $", {string.Join(", ", settings.TrainedWhole)} in full" : string.Empty;
        return (
            model.TrainedParameters().Sum(trained => trained.Parameter.numel()), Invariant($"an adapter of {adapter:N0} scalars{whole}"));
    }

    // An adapter may be put on another base on purpose, such as the same weights after more training: it is reported, not refused.
    private string Adapter(ModelSettings settings, string adapter)
    {
        if (!Directory.Exists(adapter))
        {
            throw new ReproException($"{adapter}: there is no such folder.");
        }

        AdapterSet.CheckFolder(adapter);
        if (_loads)
        {
            _shapes(settings with { Lora = null, TrainedWhole = [] }).Dispose();
        }

        return AdapterSet.BaseModel(adapter) is not { Length: > 0 } named ? ", which names no base"
            : BaseComparison.Describe(named, settings.Path) switch
            {
                BaseComparison.Same => string.Empty,
                BaseComparison.Unknown => $", trained on '{named}', which is not here to compare",
                var difference => $", trained on another base ({named}: {difference})",
            };
    }

    private static long Scalars(SafetensorsEntry entry) => entry.Shape.Aggregate(1L, (product, size) => product * size);

    private (bool Loads, string Finding) Weights(ModelSettings settings)
    {
        _shapes(settings with { Adapter = null, Lora = null, TrainedWhole = [] }).Dispose();
        using var files = SafetensorsFolder.Open(settings.Path);
        return (
            true,
            Invariant($"{files.Names.Count} tensors, {files.Names.Sum(name => Scalars(files.Entry(name))):N0} scalars in ")
                + Invariant($"{string.Join(", ", files.Names.Select(name => files.Entry(name).Dtype).Distinct())}"));
    }
}
