using System.Text.Json.Nodes;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>A small SentencePiece model in the form of <c>tokenizer.json</c>: characters with byte fallback, prefix and spaces by
/// normalizers.</summary>
internal static class TinyConverted
{
    public static byte[] Bytes()
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        for (int value = 0; value < 256; value++)
        {
            vocabulary.Add($"<0x{value:X2}>", vocabulary.Count);
        }

        foreach (string piece in TinySentencePiece.Pieces)
        {
            vocabulary.Add(piece, vocabulary.Count);
        }

        JsonObject json = JsonNode.Parse("""
            {"added_tokens":[],
             "normalizer":{"type":"Sequence","normalizers":[
               {"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
             "pre_tokenizer":null,
             "post_processor":{"type":"TemplateProcessing",
               "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
               "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
             "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},
               {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
             "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,
               "merges":[["h","e"],["▁","t"],["l","l"],["▁t","he"],["he","ll"],["▁","▁"],["▁▁","▁▁"]]}}
            """)!.AsObject();
        json["added_tokens"] = new JsonArray(
            TinyTokenizer.Added(0, "<unk>"), TinyTokenizer.Added(1, "<s>"), TinyTokenizer.Added(2, "</s>"));
        json["model"]!["vocab"] = vocabulary;
        return TinyTokenizer.Bytes(json);
    }

    public static BpeTextTokenizer Load() => TokenizerLoader.ReadTokenizerJson(Bytes(), "converted.json");
}
