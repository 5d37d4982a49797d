namespace Repro.Experiments.Artifacts;

/// <summary>
/// The numeric facts of one kind of released file. The same record is parsed from the raw file and stored, as JSON, under
/// <c>fixtures/artifacts</c>, so that specs cannot tell which of the two they run on. Facts hold numbers, names and hashes, never text of prompts or replies.
/// </summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IFacts<TSelf>
    where TSelf : class, IFacts<TSelf>
{
    /// <summary>Extracts the facts of a raw file.</summary>
    /// <param name="file">The raw file.</param>
    /// <exception cref="Claims.InputException">The file is malformed; the message names file and entry.</exception>
    static abstract TSelf Parse(RawFile file);
}
