namespace Repro.Core.Randomness;

/// <summary>
/// The random numbers of a run. Every draw is a function of (seed of the run, name of the stream, step, item), so that a resumed run draws
/// what the uninterrupted one would have drawn and nothing about generators has to be kept. Streams do not disturb one another.
/// </summary>
/// <param name="Seed">Seed of the run.</param>
public sealed record RandomStreams(long Seed)
{
    /// <summary>Order of the data.</summary>
    public const string DataOrder = "data order";

    /// <summary>Fresh weights.</summary>
    public const string Initialisation = "initialisation";

    /// <summary>Sampled responses.</summary>
    public const string Sampling = "sampling";

    /// <summary>Dropout masks.</summary>
    public const string Dropout = "dropout";

    /// <summary>The seed of one draw.</summary>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="step">Step, or epoch.</param>
    /// <param name="item">Row or other part of the step.</param>
    public long For(string stream, long step = 0, long item = 0)
    {
        ArgumentNullException.ThrowIfNull(stream);
        // FNV-1a over UTF-16 units: string.GetHashCode differs from process to process.
        var name = 14695981039346656037UL;
        foreach (var unit in stream)
        {
            name = unchecked((name ^ unit) * 1099511628211UL);
        }

        return SequenceRandom.Derive(SequenceRandom.Derive(SequenceRandom.Derive(Seed, unchecked((long)name)), step), item);
    }
}
