namespace VerifyTests;

/// <summary>What a successful verification leaves: its verified files and the object that was verified.</summary>
public class VerifyResult
{
    private readonly IReadOnlyList<string> _files;
    private readonly IReadOnlyList<string> _textFiles;

    internal VerifyResult(IReadOnlyList<string> files, IReadOnlyList<string> textFiles, object? target)
    {
        _files = files;
        _textFiles = textFiles;
        Target = target;
    }

    public IEnumerable<string> Files => _files;

    public IEnumerable<string> TextFiles => _textFiles;

    public object? Target { get; }

    /// <summary>The text of the only verified text file.</summary>
    /// <exception cref="InvalidOperationException">There is not exactly one text file.</exception>
    public string Text => _textFiles.Count == 1
        ? Snapshots.SnapshotText.Read(_textFiles[0])
        : throw new InvalidOperationException($"Expected one verified text file, found {_textFiles.Count}.");

    /// <summary>The exception that was verified.</summary>
    /// <exception cref="InvalidOperationException">Something else was verified.</exception>
    public Exception Exception => Target as Exception
        ?? throw new InvalidOperationException("The verified object is not an exception.");
}
