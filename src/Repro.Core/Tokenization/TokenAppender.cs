using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Repro.Core.Tokenization;

/// <summary>Adds tokens to the files of a tokenizer; everything else in them stays as it is.</summary>
internal static class TokenAppender
{
    private static readonly JsonSerializerOptions _unescaped = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary><c>tokenizer.json</c> with more entries under <c>added_tokens</c>, which are found in text before anything else.</summary>
    /// <param name="json">The file.</param>
    /// <param name="tokens">Tokens; those that the file has stay as they are.</param>
    internal static byte[] ToJson(byte[] json, IReadOnlyList<AddedToken> tokens)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        var added = root["added_tokens"] as JsonArray ?? [];
        var there = added.Select(entry => (string?)entry!["content"]).ToHashSet();
        foreach (var token in tokens.Where(token => !there.Contains(token.Content)))
        {
            added.Add(new JsonObject
            {
                ["id"] = token.Id,
                ["content"] = token.Content,
                ["single_word"] = token.SingleWord,
                ["lstrip"] = token.LeftStrip,
                ["rstrip"] = token.RightStrip,
                ["normalized"] = token.Normalized,
                ["special"] = token.Special,
            });
        }

        root["added_tokens"] = added.Parent is null ? added : added.DeepClone();
        return Encoding.UTF8.GetBytes(root.ToJsonString(_unescaped));
    }

    /// <summary><c>added_tokens.json</c> with more tokens.</summary>
    /// <param name="json">The file; null where there is none.</param>
    /// <param name="tokens">Tokens; those that the file has stay as they are.</param>
    internal static byte[] ToAddedTokens(byte[]? json, IReadOnlyList<AddedToken> tokens)
    {
        var root = json is null ? [] : JsonNode.Parse(json)!.AsObject();
        foreach (var token in tokens.Where(token => !root.ContainsKey(token.Content)))
        {
            root[token.Content] = token.Id;
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString(_unescaped));
    }

    /// <summary><c>tokenizer.model</c> with more pieces of the kind that is always one token. A repeated field may go on at the end of a
    /// protocol buffer.</summary>
    /// <param name="model">The file.</param>
    /// <param name="tokens">Tokens in the order of their ids, which follow the last piece.</param>
    internal static byte[] ToSentencePiece(byte[] model, IReadOnlyList<string> tokens)
    {
        const uint Pieces = 1 << 3 | (uint)WireFormat.WireType.LengthDelimited;
        const uint Piece = 1 << 3 | (uint)WireFormat.WireType.LengthDelimited;
        const uint Score = 2 << 3 | (uint)WireFormat.WireType.Fixed32;
        const uint Kind = 3 << 3 | (uint)WireFormat.WireType.Varint;
        using var stream = new MemoryStream();
        stream.Write(model);
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        foreach (var token in tokens)
        {
            using var entry = new MemoryStream();
            using (var inner = new CodedOutputStream(entry, leaveOpen: true))
            {
                inner.WriteTag(Piece);
                inner.WriteString(token);
                inner.WriteTag(Score);
                inner.WriteFloat(0);
                inner.WriteTag(Kind);
                inner.WriteEnum((int)PieceKind.UserDefined);
            }

            output.WriteTag(Pieces);
            output.WriteBytes(ByteString.CopyFrom(entry.ToArray()));
        }

        output.Flush();
        return stream.ToArray();
    }

    /// <summary><c>tokenizer_config.json</c> with the tokens under <c>added_tokens_decoder</c>, where it has that.</summary>
    internal static byte[] ToConfig(byte[] json, IReadOnlyList<AddedToken> tokens)
    {
        if (JsonNode.Parse(json) is not JsonObject root || root["added_tokens_decoder"] is not JsonObject decoder)
        {
            return json;
        }

        foreach (var token in tokens)
        {
            decoder[Invariant($"{token.Id}")] ??= new JsonObject
            {
                ["content"] = token.Content,
                ["lstrip"] = token.LeftStrip,
                ["normalized"] = token.Normalized,
                ["rstrip"] = token.RightStrip,
                ["single_word"] = token.SingleWord,
                ["special"] = token.Special,
            };
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString(_unescaped));
    }
}
