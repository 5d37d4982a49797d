using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Identities;

/// <summary>
/// A language model small enough to be written out: logits for every prefix of up to <see cref="Length"/> tokens, and all its sequences as
/// one batch.
/// </summary>
internal sealed class PrefixTree
{
    /// <summary>Tokens of the vocabulary.</summary>
    public const int Vocabulary = 3;

    /// <summary>Tokens of a sequence after the start token.</summary>
    public const int Length = 3;

    /// <summary>Logits that a tree takes: one list of <see cref="Vocabulary"/> for each prefix.</summary>
    public const int Numbers = (1 + Vocabulary + (Vocabulary * Vocabulary)) * Vocabulary;

    private readonly double[] _logits;

    /// <summary>Takes the logits, prefixes in order of length.</summary>
    public PrefixTree(double[] logits)
    {
        _logits = logits.Length == Numbers
            ? logits
            : throw new ArgumentException($"{Numbers} logits were expected, got {logits.Length}.", nameof(logits));
    }

    /// <summary>All sequences.</summary>
    public static IReadOnlyList<int[]> Sequences { get; } =
        [.. Enumerable.Range(0, (int)Math.Pow(Vocabulary, Length)).Select(i => new[] { i / 9, i / 3 % 3, i % 3 })];

    /// <summary>Token ids [sequences, 1 + length], start token 0 in front.</summary>
    public static Tensor Ids() =>
        tensor(Sequences.SelectMany(s => s.Prepend(0)).Select(id => (long)id).ToArray()).reshape(Sequences.Count, Length + 1);

    /// <summary>1 on every token but the start, [sequences, 1 + length].</summary>
    public static Tensor Mask() =>
        tensor(Sequences.SelectMany(_ => new long[] { 0, 1, 1, 1 }).ToArray()).reshape(Sequences.Count, Length + 1);

    /// <summary>Logits [sequences, 1 + length, vocabulary]; what follows the last token is 0.</summary>
    public Tensor Logits() => Scalars.From(
        [.. Sequences.SelectMany(s => Enumerable.Range(0, Length).SelectMany(t => At(s, t)).Concat(new double[Vocabulary]))],
        Sequences.Count,
        Length + 1,
        Vocabulary);

    /// <summary>Log-probabilities of the token after the first <paramref name="t"/> of a sequence.</summary>
    public double[] LogProbs(int[] sequence, int t) => Scalars.LogSoftmax(At(sequence, t));

    /// <summary>Log-probability of a sequence.</summary>
    public double LogProb(int[] sequence) => Enumerable.Range(0, Length).Sum(t => LogProbs(sequence, t)[sequence[t]]);

    private double[] At(int[] sequence, int t)
    {
        var prefix = t == 0 ? 0 : t == 1 ? 1 + sequence[0] : 1 + Vocabulary + (sequence[0] * Vocabulary) + sequence[1];
        return _logits[(prefix * Vocabulary)..((prefix + 1) * Vocabulary)];
    }
}
