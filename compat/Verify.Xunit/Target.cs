using System.Text;

namespace VerifyTests;

/// <summary>One thing to be verified in a file of its own: text, or the bytes of a stream.</summary>
public readonly struct Target
{
    private readonly string? _text;
    private readonly Stream? _stream;

    public Target(string extension, Stream data, string? name = null)
    {
        Extension = CheckExtension(extension);
        ArgumentNullException.ThrowIfNull(data);
        _stream = data;
        Name = name;
    }

    public Target(string extension, StringBuilder data, string? name = null)
        : this(extension, NotNull(data).ToString(), name)
    {
    }

    public Target(string extension, string data, string? name = null)
    {
        Extension = CheckExtension(extension);
        ArgumentNullException.ThrowIfNull(data);
        _text = data;
        Name = name;
    }

    public string Extension { get; }

    public bool IsStream => _stream is not null;

    public bool IsString => _text is not null;

    public string? Name { get; }

    public string NameOrTarget => Name ?? "target";

    public Stream StreamData => _stream ?? throw new InvalidOperationException("This target holds text, not a stream.");

    internal string TextData => _text ?? throw new InvalidOperationException("This target holds a stream, not text.");

    private static StringBuilder NotNull(StringBuilder data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data;
    }

    private static string CheckExtension(string extension)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(extension);
        return extension.StartsWith('.')
            ? throw new ArgumentException($"Expected an extension without its dot, not '{extension}'.", nameof(extension))
            : extension;
    }
}
