using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>
/// Copies a model folder with more tokens than it had, such as the tags of a chat template: the tokenizer's files, the rows of the
/// embeddings and of the output layer, and the size in config.json. A row is only added where the model has none to spare; it starts as the
/// mean of the others, so that a new token says nothing yet.
/// </summary>
public static class TokenExtension
{
    private static readonly string[] _tables = ["embed_tokens.weight", "lm_head.weight", "wte.weight"];

    /// <summary>Writes the copy, one file of weights at a time in memory; nothing where the tokenizer knows all the tokens.</summary>
    /// <param name="source">Folder of the model in the Hugging Face layout; one without weights, which are drawn afresh later, will
    /// do.</param>
    /// <param name="target">Where to; it must be empty or not there.</param>
    /// <param name="tokens">The tokens; those that the tokenizer knows keep their ids.</param>
    /// <param name="cancellation">Checked between files.</param>
    /// <returns>The id of each token, in the order asked for.</returns>
    /// <exception cref="ReproException">A token is empty or comes twice, the target holds something, or a file of the source is not
    /// valid.</exception>
    public static IReadOnlyList<(string Token, int Id, bool IsNew)> Extend(
        string source, string target, IReadOnlyList<string> tokens, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(target);
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Count == 0 || tokens.Any(string.IsNullOrEmpty) || tokens.Distinct(StringComparer.Ordinal).Count() < tokens.Count)
        {
            throw new ReproException("At least one token was expected, none empty and none twice.");
        }

        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new ReproException($"{target} is not empty; a new folder was expected.");
        }

        source = ModelLocation.Find(source);
        var config = ModelConfigFile.Read(Path.Combine(source, ModelConfigFile.Name));
        var tokenizer = TokenizerLoader.Load(source);
        var next = tokenizer.IdLimit;
        List<(string Token, int Id, bool IsNew)> ids =
            [.. tokens.Select(token => tokenizer.IdOf(token) is { } known ? (token, known, false) : (token, next++, true))];
        if (next == tokenizer.IdLimit)
        {
            return ids;
        }

        try
        {
            Directory.CreateDirectory(target);
            Weights(source, target, config.VocabularySize, Math.Max(config.VocabularySize, next), cancellation);
            WriteTokenizer(source, target, tokenizer,
                [.. ids.Where(entry => entry.IsNew).Select(entry => new AddedToken(entry.Id, entry.Token))]);
            // Last: a folder with it is whole.
            Config(source, target, Math.Max(config.VocabularySize, next));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{target}: cannot be written: {failure.Message}", failure);
        }

        return ids;
    }

    private static void Weights(string source, string target, long rows, long wanted, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(source, SafetensorsFolder.IndexName))
            && !File.Exists(Path.Combine(source, SafetensorsFolder.SingleName)))
        {
            return;
        }

        var index = Path.Combine(source, SafetensorsFolder.IndexName);
        IReadOnlyList<string> files;
        using (var folder = SafetensorsFolder.Open(source))
        {
            files = folder.Files;
            if (wanted > rows && !folder.Names.Any(name => IsTable(name, folder.Entry(name), rows)))
            {
                throw new ReproException(
                    Invariant($"{source}: no table of embeddings with the {rows} rows that config.json gives is among the weights."));
            }
        }

        var grown = 0L;
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var weights = SafetensorsFile.Open(Path.Combine(source, file));
            if (wanted == rows || !weights.Entries.Any(pair => IsTable(pair.Key, pair.Value, rows)))
            {
                File.Copy(weights.Path, Path.Combine(target, file));
                continue;
            }

            var tensors = weights.Entries.ToDictionary(
                pair => pair.Key,
                pair => IsTable(pair.Key, pair.Value, rows) ? Grown(weights.Read(pair.Key), wanted, ref grown) : weights.Read(pair.Key),
                StringComparer.Ordinal);
            SafetensorsWriter.Write(Path.Combine(target, file), tensors, weights.Metadata.Count > 0 ? weights.Metadata : null);
        }

        // An index beside a single file is ignored and not copied.
        if (File.Exists(index) && files is not [SafetensorsFolder.SingleName])
        {
            var map = JsonNode.Parse(File.ReadAllBytes(index))!.AsObject();
            if (map["metadata"]?["total_size"] is JsonValue size && size.TryGetValue(out long bytes))
            {
                map["metadata"]!["total_size"] = bytes + grown;
            }

            File.WriteAllText(Path.Combine(target, SafetensorsFolder.IndexName), map.ToJsonString());
        }
    }

    private static bool IsTable(string name, SafetensorsEntry entry, long rows) =>
        Array.Exists(_tables, table => name == table || name.EndsWith("." + table, StringComparison.Ordinal))
            && entry.Shape.Count == 2 && entry.Shape[0] == rows;

    private static Tensor Grown(Tensor table, long rows, ref long bytes)
    {
        var mean = table.to(ScalarType.Float32).mean([0], true).to(table.dtype);
        var added = mean.expand(rows - table.shape[0], table.shape[1]);
        bytes += added.numel() * table.element_size();
        return cat([table, added], 0);
    }

    // Ids mean the same in every file: tokens that stand beside tokenizer.json go into it before the new ones, and those that do not follow
    // the last piece of tokenizer.model into added_tokens.json.
    private static void WriteTokenizer(string source, string target, TextTokenizer tokenizer, List<AddedToken> added)
    {
        TokenizerFiles.Copy(source, target);
        IReadOnlyList<AddedToken> beside = tokenizer is BpeTextTokenizer bpe ? bpe.AddedTokens
            : ((SentencePieceTextTokenizer)tokenizer).AddedTokens;
        List<AddedToken> all = [.. beside, .. added];
        void Change(string name, Func<byte[], byte[]> change)
        {
            var path = Path.Combine(target, name);
            if (File.Exists(path))
            {
                File.WriteAllBytes(path, change(File.ReadAllBytes(path)));
            }
        }

        Change("tokenizer.json", json => TokenAppender.ToJson(json, all));
        Change("tokenizer_config.json", json => TokenAppender.ToConfig(json, added));
        var (model, list) = (Path.Combine(target, "tokenizer.model"), Path.Combine(target, TokenizerFiles.AddedTokensName));
        if (!File.Exists(model))
        {
            Change(TokenizerFiles.AddedTokensName, json => TokenAppender.ToAddedTokens(json, added));
            return;
        }

        var pieces = TokenizerLoader.ReadSentencePiece(File.ReadAllBytes(model), model).PieceLimit;
        if (!File.Exists(list) && added[0].Id == pieces)
        {
            Change("tokenizer.model", bytes => TokenAppender.ToSentencePiece(bytes, [.. added.Select(token => token.Content)]));
            return;
        }

        File.WriteAllBytes(list, TokenAppender.ToAddedTokens(File.Exists(list) ? File.ReadAllBytes(list) : null,
            [.. all.Where(token => token.Id >= pieces)]));
    }

    private static void Config(string source, string target, long rows)
    {
        var root = JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, ModelConfigFile.Name)))!.AsObject();
        root["vocab_size"] = rows;
        File.WriteAllText(
            Path.Combine(target, ModelConfigFile.Name), root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}
