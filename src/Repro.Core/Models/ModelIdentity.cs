using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Repro.Core.Chat;
using Repro.Core.Models.Safetensors;

namespace Repro.Core.Models;

/// <summary>What made an output: a model by the hashes of its files, so that the output is known again wherever it lies.</summary>
/// <param name="Model">The model as the user named it.</param>
/// <param name="Weights">SHA-256 of the weights, see <see cref="WeightHash"/>; of a model with an adapter, those below it.</param>
/// <param name="Adapter">The same of the adapter; null without one.</param>
/// <param name="Tokenizer">SHA-256 of <c>tokenizer.json</c> or <c>tokenizer.model</c>; null where it is not known.</param>
/// <param name="Template">SHA-256 of the chat template, see <see cref="ChatForms.HashOf(ChatTemplate)"/>; null where none is used.</param>
public sealed partial record ModelIdentity(string Model, string Weights, string? Adapter, string? Tokenizer, string? Template)
{
    /// <summary>The hash that tells this model from others on the same base: that of the adapter, else that of the weights.</summary>
    public string Own => Adapter ?? Weights;

    /// <summary>Hashes the files of a model. 16 GB take some ten seconds.</summary>
    /// <param name="named">The model as the user named it.</param>
    /// <param name="model">Folder of the model, or of the base below the adapter.</param>
    /// <param name="adapter">Folder of the adapter; null without one.</param>
    /// <param name="tokenizer">Folder or file of the tokenizer.</param>
    /// <param name="template">The chat template; null where none is used.</param>
    /// <param name="cancellation">Checked between blocks of a megabyte.</param>
    /// <exception cref="ReproException">A folder has no weights, or a file cannot be read.</exception>
    public static ModelIdentity Compute(
        string named, string model, string? adapter, string tokenizer, ChatTemplate? template, CancellationToken cancellation = default)
    {
        var files = new FileHashes();
        string Required(string folder) => WeightHash.Compute(folder, files, cancellation)
            ?? throw new ReproException($"{folder}: no {SafetensorsFolder.SingleName}, {SafetensorsFolder.IndexName} or "
                + $"{AdapterSet.WeightsName} is there to be hashed; a folder of prepare gets its weights by training.");
        return new ModelIdentity(
            named,
            Required(model),
            adapter is null ? null : Required(adapter),
            TokenizerHash(tokenizer, files, cancellation),
            template is null ? null : ChatForms.HashOf(template));
    }

    /// <summary>SHA-256 of the file that a tokenizer is read from; null where there is none.</summary>
    /// <param name="place">Its folder, or the file.</param>
    /// <param name="files">Hashes that are known already.</param>
    /// <param name="cancellation">Checked between blocks of a megabyte.</param>
    /// <exception cref="ReproException">It cannot be read.</exception>
    public static string? TokenizerHash(string place, FileHashes files, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        string[] names = File.Exists(place) ? [place] : [.. new[] { "tokenizer.json", "tokenizer.model" }
            .Select(name => Path.Combine(ModelLocation.Find(place), name))];
        return Array.Find(names, File.Exists) is { } file ? files.Of(file, cancellation) : null;
    }

    /// <summary>As it stands in outputs.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = Model,
        ["weights"] = Weights,
        ["adapter"] = Adapter,
        ["tokenizer"] = Tokenizer,
        ["template"] = Template,
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote; null for nothing.</summary>
    /// <param name="node">The value of a key; null where the key is missing.</param>
    /// <param name="where">File, line and key, for messages.</param>
    /// <exception cref="ReproException">It is something else.</exception>
    public static ModelIdentity? Read(JsonNode? node, string where)
    {
        if (node is null)
        {
            return null;
        }

        string? Text(string key) => (node as JsonObject)?[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        string? Hash(string key) => Text(key) is not { } text ? null : Hexadecimal().IsMatch(text) ? text
            : throw new ReproException($"{where}: '{key}' must be a SHA-256 of 64 digits, found '{text}'");
        return new ModelIdentity(
            Text("model") ?? throw new ReproException($"{where}: an object with 'model' and 'weights' was expected"),
            Hash("weights") ?? throw new ReproException($"{where}: 'weights' must be a SHA-256, found nothing"),
            Hash("adapter"), Hash("tokenizer"), Hash("template"));
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Hexadecimal();
}

/// <summary>
/// One hash for all files of a model's weights: SHA-256 over a line for each file, its own SHA-256, two blanks and its name, in order of
/// the names. In the folder of a model <c>sha256sum model*.safetensors | sha256sum</c> prints it.
/// </summary>
public static class WeightHash
{
    /// <summary>That of a folder: of the files that a model is read from, else of an adapter; null where there is neither.</summary>
    /// <param name="folder">Folder of a model, a run or an adapter.</param>
    /// <param name="files">Hashes that are known already.</param>
    /// <param name="cancellation">Checked between blocks of a megabyte.</param>
    /// <exception cref="ReproException">A file is missing or cannot be read.</exception>
    public static string? Compute(string folder, FileHashes files, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        folder = ModelLocation.Find(folder);
        var adapter = Path.Combine(folder, AdapterSet.WeightsName);
        IReadOnlyList<string> weights = SafetensorsFolder.FilesOf(folder) is { Count: > 0 } whole ? whole
            : File.Exists(adapter) ? [adapter]
            : [];
        return weights.Count == 0 ? null : Compute([.. weights.Select(file => (Path.GetFileName(file), files.Of(file, cancellation)))]);
    }

    /// <summary>That of files whose hashes are known.</summary>
    /// <param name="files">Name without folder, and SHA-256, of each.</param>
    public static string Compute(IReadOnlyList<(string Name, string Sha256)> files) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Concat(files.OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => $"{file.Sha256}  {file.Name}\n")))));
}
