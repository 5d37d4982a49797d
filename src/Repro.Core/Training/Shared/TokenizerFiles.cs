namespace Repro.Core.Training.Shared;

/// <summary>The files of a tokenizer, which go along with every model that is written.</summary>
public static class TokenizerFiles
{
    private static readonly string[] _names =
        ["tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json"];

    /// <summary>Copies those that are there.</summary>
    /// <param name="from">A folder, or one tokenizer file in it.</param>
    /// <param name="to">An existing folder.</param>
    public static void Copy(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        var folder = Directory.Exists(from) ? from : Path.GetDirectoryName(Path.GetFullPath(from))!;
        foreach (var source in _names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            File.Copy(source, Path.Combine(to, Path.GetFileName(source)), overwrite: true);
        }
    }
}
