namespace Repro.Experiments;

/// <summary>A file that the experiments read is missing or malformed. The message names file, line or key, and what was expected.</summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The fact: file, line or key, and what was expected.</param>
    public InputException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">The fact: file, line or key, and what was expected.</param>
    /// <param name="inner">The cause.</param>
    public InputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
