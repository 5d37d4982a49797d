namespace Repro.Core;

/// <summary>
/// The one exception for bad input from outside: a file, a value in it, a reward, a checkpoint. Its message carries the fact
/// (which file, line, key or index, what was found, what was expected) and is fit to be shown as it stands.
/// </summary>
/// <remarks>A wrong argument in a call is an <see cref="ArgumentException"/> instead.</remarks>
public sealed class ReproException : Exception
{
    /// <summary>An exception without a fact; prefer the forms with a message.</summary>
    public ReproException()
        : base("The input is not valid.")
    {
    }

    /// <summary>States the fact.</summary>
    /// <param name="message">What was found where, and what was expected.</param>
    public ReproException(string message)
        : base(message)
    {
    }

    /// <summary>States the fact and keeps its cause.</summary>
    /// <param name="message">What was found where, and what was expected.</param>
    /// <param name="innerException">The failure beneath, such as an I/O error.</param>
    public ReproException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why a file cannot be read, with its name once: the messages of .NET have whole paths of their own.</summary>
    /// <param name="file">The file, with the key that names it where there is one.</param>
    /// <param name="failure">The failure beneath.</param>
    public static ReproException Unreadable(string file, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        var reason = failure is FileNotFoundException or DirectoryNotFoundException ? "no such file or folder." : failure.Message;
        return new ReproException($"{file}: cannot be read: {reason}", failure);
    }

    /// <summary>Whether a loss or gradient of a training step was not finite: the run has diverged.</summary>
    public bool HasDiverged { get; init; }
}
