using Repro.Core.Text.Decoders;
using Repro.Core.Text.Normalizers;
using Repro.Core.Text.PreTokenizers;

namespace Repro.Core.Text.Files;

/// <summary>Builds the components that <c>tokenizer.json</c> names by type; an unknown type is an error, never left out.</summary>
internal static class ComponentReader
{
    private const int LongestPattern = 4096;

    /// <summary>The normalizer.</summary>
    public static TextNormalizer Normalizer(JsonFields fields)
    {
        switch (fields.Text("type"))
        {
            case "NFC":
                return new NfcNormalizer();
            case "Prepend":
                return new PrependNormalizer(NotEmpty(fields, "prepend"));
            case "Replace":
                return new ReplaceNormalizer(NotEmpty(fields.Child("pattern"), "String"), fields.Text("content"));
            case "Sequence":
                return new SequenceNormalizer([.. fields.Children("normalizers").Select(Normalizer)]);
            default:
                throw fields.Wrong("type", "NFC, Prepend, Replace or Sequence");
        }
    }

    /// <summary>The pre-tokenizer.</summary>
    public static PreTokenizerStep PreTokenizer(JsonFields fields)
    {
        switch (fields.Text("type"))
        {
            case "ByteLevel":
                return new ByteLevelStep(
                    fields.Flag("add_prefix_space", true), fields.Flag("trim_offsets", true), fields.Flag("use_regex", true));
            case "Split":
                return Split(fields);
            case "Sequence":
                return Sequence(fields);
            default:
                throw fields.Wrong("type", "ByteLevel, Split or Sequence");
        }
    }

    /// <summary>The decoder.</summary>
    public static DecoderSpec Decoder(JsonFields fields)
    {
        switch (fields.Text("type"))
        {
            case "ByteLevel":
                return new ByteLevelDecoder(
                    fields.Flag("add_prefix_space", true), fields.Flag("trim_offsets", true), fields.Flag("use_regex", true));
            case "Replace":
                return new ReplaceDecoder(NotEmpty(fields.Child("pattern"), "String"), fields.Text("content"));
            case "ByteFallback":
                return new ByteFallbackDecoder();
            case "Fuse":
                return new FuseDecoder();
            case "Strip":
                string content = fields.Text("content");
                return content.Length == 1
                    ? new StripDecoder(content[0], fields.Number("start"), fields.Number("stop"))
                    : throw fields.Wrong("content", "a single character");
            case "Sequence":
                return new SequenceDecoder([.. fields.Children("decoders").Select(Decoder)]);
            default:
                throw fields.Wrong("type", "ByteLevel, Replace, ByteFallback, Fuse, Strip or Sequence");
        }
    }

    /// <summary>The post-processor.</summary>
    public static PostProcessor PostProcessor(JsonFields fields)
    {
        switch (fields.Text("type"))
        {
            case "ByteLevel":
                return new PostProcessor([], [], fields.Flag("trim_offsets", true), fields.Flag("add_prefix_space", true), fields.Json);
            case "TemplateProcessing":
                return TemplateReader.Read(fields);
            case "Sequence":
                PostProcessor all = Text.PostProcessor.None with { Json = fields.Json };
                foreach (PostProcessor one in fields.Children("processors").Select(PostProcessor))
                {
                    all = all with
                    {
                        Before = [.. one.Before, .. all.Before],
                        After = [.. all.After, .. one.After],
                        TrimOffsets = all.TrimOffsets || one.TrimOffsets,
                        KeepsPrefixSpace = all.KeepsPrefixSpace || one.KeepsPrefixSpace,
                    };
                }

                return all;
            default:
                throw fields.Wrong("type", "ByteLevel, TemplateProcessing or Sequence");
        }
    }

    private static SplitStep Split(JsonFields fields)
    {
        JsonFields pattern = fields.Child("pattern");
        string expression = pattern.Has("String")
            ? System.Text.RegularExpressions.Regex.Escape(NotEmpty(pattern, "String"))
            : NotEmpty(pattern, "Regex");
        if (expression.Length > LongestPattern)
        {
            throw pattern.Wrong("Regex", $"at most {LongestPattern} characters long");
        }

        string behavior = fields.Text("behavior");
        return behavior is "Isolated" or "Removed"
            ? new SplitStep(expression, behavior == "Removed", fields.Flag("invert", false))
            : throw fields.Wrong("behavior", "Isolated or Removed");
    }

    private static SequenceStep Sequence(JsonFields fields)
    {
        PreTokenizerStep[] steps = [.. fields.Children("pretokenizers").Select(PreTokenizer)];
        for (int i = 1; i < steps.Length; i++)
        {
            if (steps[i].AddsPrefixSpace)
            {
                throw new ReproException($"{fields.Where}.pretokenizers[{i}].add_prefix_space can be true in the first step only.");
            }
        }

        return new SequenceStep(steps);
    }

    private static string NotEmpty(JsonFields fields, string name)
    {
        string text = fields.Text(name);
        return text.Length > 0 ? text : throw fields.Wrong(name, "a string that is not empty");
    }
}
