using System.Text.Json.Nodes;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>
/// Copies a model with the adapter of a PEFT folder added into its weights, W + scale B A, so that other programs load it as a plain
/// model. One file of weights is in memory at a time; weights keep their element types, the sum is taken in single precision at least and
/// rounded once. Of an adapter with a score head a sequence classifier is made.
/// </summary>
public static class AdapterMerge
{
    private const string Head = ScoreHead.Name + ".weight";
    private const string LanguageHead = "lm_head";
    private const string Gpt2Prefix = "transformer.";

    // Matrices that are no linear layers; PEFT's all-linear leaves them out too.
    private static readonly string[] _tables = ["embed_tokens", "wte", "wpe"];

    /// <summary>Writes the copy: weights, configuration, tokenizer, chat template and generation settings. Where the adapter's folder has a
    /// tokenizer or template of its own, that is the one it was trained with and is taken.</summary>
    /// <param name="model">Folder of the base.</param>
    /// <param name="adapter">PEFT folder of the adapter.</param>
    /// <param name="target">Where to; it must be empty or not there.</param>
    /// <param name="cancellation">Checked before each file.</param>
    /// <returns>How many layers were changed, and the scale.</returns>
    /// <exception cref="ReproException">A folder is not valid, the adapter does not fit the base, or the target holds
    /// something.</exception>
    public static (int Layers, double Scale) Merge(string model, string adapter, string target, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        ArgumentException.ThrowIfNullOrEmpty(target);
        if (Path.Exists(target) && (!Directory.Exists(target) || Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new ReproException($"{target} is there and not an empty folder; a new one was expected.");
        }

        (model, adapter) = (ModelLocation.Find(model), ModelLocation.Find(adapter));
        var config = ModelConfigFile.Read(Path.Combine(model, ModelConfigFile.Name));
        using var factors = SafetensorsFile.Open(Path.Combine(adapter, AdapterSet.WeightsName));
        var classifier = factors.Entries.ContainsKey(AdapterSet.Prefix + Head);
        var settings = LoraConfigFile.Read(Path.Combine(adapter, LoraConfigFile.Name), classifier ? [ScoreHead.Name] : []);
        using var weights = SafetensorsFolder.Open(model);
        var layers = Layers(weights, config, settings);
        RequireAllUsed(factors, layers.Values, classifier, adapter);
        try
        {
            Directory.CreateDirectory(target);
            foreach (var file in weights.Files)
            {
                cancellation.ThrowIfCancellationRequested();
                var takesHead = classifier && file == weights.Files[^1];
                Copy(Path.Combine(model, file), Path.Combine(target, file), layers, new Addition(factors, settings, classifier, takesHead));
            }

            WriteIndex(weights, target, classifier);
            TokenizerFiles.Copy(model, target);
            TokenizerFiles.Copy(adapter, target);
            // Last: a folder with it is whole.
            WriteConfig(model, target, config, weights, classifier);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{target}: cannot be written: {failure.Message}", failure);
        }

        return (layers.Count, settings.Scale);
    }

    // The layers that the adapter acts on: stored name of the weight, and the layer's path, which GPT-2's first checkpoints shorten.
    private static Dictionary<string, string> Layers(SafetensorsFolder weights, ModelConfig config, LoraSettings settings)
    {
        var layers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in weights.Names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)
            && weights.Entry(name).Shape.Count == 2))
        {
            var path = name[..^".weight".Length];
            var (isTable, isHead) = (_tables.Contains(path[(path.LastIndexOf('.') + 1)..]), path is LanguageHead or ScoreHead.Name);
            if (config.Architecture == ModelArchitecture.Gpt2 && !isHead && !path.StartsWith(Gpt2Prefix, StringComparison.Ordinal))
            {
                path = Gpt2Prefix + path;
            }

            if (!isTable && !(path == LanguageHead && config.TiedEmbeddings) && settings.Fits(path))
            {
                layers.Add(name, path);
            }
        }

        return layers;
    }

    private static void RequireAllUsed(SafetensorsFile factors, Dictionary<string, string>.ValueCollection paths, bool classifier,
        string folder)
    {
        var expected = paths.SelectMany(path => new[] { AdapterSet.Key(path, "A"), AdapterSet.Key(path, "B") })
            .ToHashSet(StringComparer.Ordinal);
        if (classifier)
        {
            expected.Add(AdapterSet.Prefix + Head);
        }

        if (expected.FirstOrDefault(key => !factors.Entries.ContainsKey(key)) is { } missing)
        {
            throw new ReproException(
                $"{factors.Path}: tensor '{missing}' was expected, as target_modules names its layer; it is not there.");
        }

        if (paths.Count == 0 || factors.Entries.Keys.Except(expected, StringComparer.Ordinal).Order(StringComparer.Ordinal).Any())
        {
            var stray = factors.Entries.Keys.Except(expected, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault();
            throw new ReproException($"{folder}: {(stray is null ? "no linear layer of the model fits target_modules"
                : $"tensor '{stray}' has no place in the model")}.");
        }
    }

    private static void Copy(string from, string to, Dictionary<string, string> layers, Addition addition)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(from);
        if (!addition.TakesHead && !file.Entries.Keys.Any(name => layers.ContainsKey(name)
            || (addition.Classifier && IsLanguageHead(name))))
        {
            File.Copy(from, to);
            return;
        }

        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var name in file.Entries.Keys.Where(name => !addition.Classifier || !(IsLanguageHead(name) || name == Head)))
        {
            var weight = file.Read(name);
            tensors.Add(name, layers.TryGetValue(name, out var path) ? Sum(weight, path, addition) : weight);
        }

        if (addition.TakesHead)
        {
            tensors.Add(Head, addition.Factors.Read(AdapterSet.Prefix + Head));
        }

        SafetensorsWriter.Write(to, tensors, file.Metadata.Count > 0 ? file.Metadata : null);
    }

    private static bool IsLanguageHead(string name) => name == LanguageHead + ".weight";

    // GPT-2 keeps weights as (in, out), where the product is (out, in).
    private static Tensor Sum(Tensor weight, string path, Addition addition)
    {
        using var scope = NewDisposeScope();
        var (factors, settings) = (addition.Factors, addition.Settings);
        var type = LoraPair.FactorType(weight.dtype);
        var inputsFirst = path.StartsWith(Gpt2Prefix, StringComparison.Ordinal);
        var (inputs, outputs) = inputsFirst ? (weight.shape[0], weight.shape[1]) : (weight.shape[1], weight.shape[0]);
        using var pair = new LoraPair(
            AdapterSet.Read(factors, AdapterSet.Key(path, "A"), type, weight.device, settings.Rank, inputs),
            AdapterSet.Read(factors, AdapterSet.Key(path, "B"), type, weight.device, outputs, settings.Rank), settings);
        using var noGrad = no_grad();
        var delta = pair.Delta();
        return weight.to(type).add(inputsFirst ? delta.t() : delta).to(weight.dtype).contiguous().MoveToOuterDisposeScope();
    }

    // A classifier has other tensors than its base; the index beside shards is made anew for it.
    private static void WriteIndex(SafetensorsFolder weights, string target, bool classifier)
    {
        if (weights.Files is [SafetensorsFolder.SingleName])
        {
            return;
        }

        var path = Path.Combine(target, SafetensorsFolder.IndexName);
        if (!classifier)
        {
            File.Copy(Path.Combine(weights.Folder, SafetensorsFolder.IndexName), path);
            return;
        }

        var (map, total) = (new JsonObject(), 0L);
        foreach (var file in weights.Files)
        {
            using var written = SafetensorsFile.Open(Path.Combine(target, file));
            foreach (var (name, entry) in written.Entries)
            {
                map[name] = file;
                total += entry.End - entry.Begin;
            }
        }

        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        File.WriteAllText(path, index.ToJsonString());
    }

    private static void WriteConfig(string model, string target, ModelConfig config, SafetensorsFolder weights, bool classifier)
    {
        var path = Path.Combine(target, ModelConfigFile.Name);
        if (classifier)
        {
            var type = weights.Entry(weights.Names.First(name => weights.Entry(name).Shape.Count == 2)).Dtype;
            ModelConfigFile.Write(path, config with { Labels = 1 }, classifier: true, type);
        }
        else
        {
            File.Copy(Path.Combine(model, ModelConfigFile.Name), path);
        }
    }

    // What is added to the weights of a file.
    private sealed record Addition(SafetensorsFile Factors, LoraSettings Settings, bool Classifier, bool TakesHead);
}
