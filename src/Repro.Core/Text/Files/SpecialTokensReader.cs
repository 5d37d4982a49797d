using System.Text.Json;

namespace Repro.Core.Text.Files;

/// <summary>Reads which tokens begin, end and pad a text from <c>tokenizer_config.json</c>.</summary>
internal static class SpecialTokensReader
{
    /// <summary>Reads the file.</summary>
    /// <param name="path">The file; it may be missing.</param>
    /// <param name="idOf">The id of a token.</param>
    /// <exception cref="ReproException">The file is no JSON object or names a token that the tokenizer lacks.</exception>
    public static SpecialTokenIds Read(string path, Func<string, int?> idOf)
    {
        if (!File.Exists(path))
        {
            return new SpecialTokenIds();
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(FileBytes.Read(path));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new ReproException($"{path} must be a JSON object.");
            }

            return new SpecialTokenIds(
                Id(root, "bos_token", path, idOf), Id(root, "eos_token", path, idOf), Id(root, "pad_token", path, idOf), Id(root, "unk_token", path, idOf));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ReproException($"{path} is not readable JSON: {e.Message}", e);
        }
    }

    private static int? Id(JsonElement root, string name, string path, Func<string, int?> idOf)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content))
        {
            value = content;
        }

        string token = value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new ReproException($"{path}: {name} must be a token, as a string or as an object with its content.");
        return idOf(token) ?? throw new ReproException($"{path}: {name} '{token}' is not a token of the tokenizer.");
    }
}
