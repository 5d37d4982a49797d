namespace Repro.Core.Adaptive.Segmentation;

/// <summary>Segmentations: lists of segments that cover a response from its first to its last token without gap or overlap.</summary>
public static class Segments
{
    /// <summary>The runs of equal states.</summary>
    /// <param name="states">States or mask values, shape [tokens], at least one.</param>
    /// <exception cref="ReproException">No token.</exception>
    public static IReadOnlyList<Segment> FromStates(ReadOnlySpan<sbyte> states)
    {
        NotEmpty(states.Length);
        var segments = new List<Segment>();
        var start = 0;
        for (var i = 1; i <= states.Length; i++)
        {
            if (i == states.Length || states[i] != states[start])
            {
                segments.Add(new Segment(start, i - start));
                start = i;
            }
        }

        return segments;
    }

    /// <summary>How often the state changes from one token to the next: the number of runs minus 1.</summary>
    /// <param name="states">States or mask values, shape [tokens], at least one.</param>
    /// <exception cref="ReproException">No token.</exception>
    public static int Switches(ReadOnlySpan<sbyte> states)
    {
        NotEmpty(states.Length);
        var switches = 0;
        for (var i = 1; i < states.Length; i++)
        {
            switches += states[i] != states[i - 1] ? 1 : 0;
        }

        return switches;
    }

    /// <summary>One segment for the whole response (K = 1, a sequence-level reward).</summary>
    /// <param name="tokens">Number of tokens, at least 1.</param>
    /// <exception cref="ReproException">No token.</exception>
    public static IReadOnlyList<Segment> Whole(int tokens)
    {
        NotEmpty(tokens);
        return [new Segment(0, tokens)];
    }

    /// <summary>Every token its own segment (K = N, token-level rewards).</summary>
    /// <param name="tokens">Number of tokens, at least 1.</param>
    /// <exception cref="ReproException">No token.</exception>
    public static IReadOnlyList<Segment> EachToken(int tokens) => OfLength(tokens, 1);

    /// <summary>Steps of equal length; the last may be shorter.</summary>
    /// <param name="tokens">Number of tokens, at least 1.</param>
    /// <param name="length">Tokens a step, at least 1.</param>
    /// <exception cref="ReproException">No token.</exception>
    /// <exception cref="ArgumentException">The length is not positive.</exception>
    public static IReadOnlyList<Segment> OfLength(int tokens, int length)
    {
        NotEmpty(tokens);
        if (length < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(length), Invariant($"length must be at least 1, was {length}."));
        }

        var segments = new List<Segment>();
        for (var start = 0; start < tokens; start += Math.Min(length, tokens - start))
        {
            segments.Add(new Segment(start, Math.Min(length, tokens - start)));
        }

        return segments;
    }

    /// <summary>Segments from the indices at which they begin.</summary>
    /// <param name="starts">Ascending, the first 0, all below <paramref name="tokens"/>.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <exception cref="ReproException">No token.</exception>
    /// <exception cref="ArgumentException">The starts are not as described.</exception>
    public static IReadOnlyList<Segment> FromStarts(IReadOnlyList<int> starts, int tokens)
    {
        ArgumentNullException.ThrowIfNull(starts);
        NotEmpty(tokens);
        if (starts.Count == 0 || starts[0] != 0)
        {
            throw new ArgumentException($"starts must begin with 0, was [{InvariantText.Join(", ", starts.Take(8))}].", nameof(starts));
        }

        var segments = new Segment[starts.Count];
        for (var k = 0; k < segments.Length; k++)
        {
            var end = k + 1 < segments.Length ? starts[k + 1] : tokens;
            if (end <= starts[k])
            {
                throw new ArgumentException(
                    Invariant($"starts must ascend and stay below {tokens}: segment {k} would run from {starts[k]} to {end}."),
                    nameof(starts));
            }

            segments[k] = new Segment(starts[k], end - starts[k]);
        }

        return segments;
    }

    /// <summary>Checks that segments cover <paramref name="tokens"/> tokens in order.</summary>
    internal static void Check(IReadOnlyList<Segment> segments, int tokens)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var next = 0;
        for (var k = 0; k < segments.Count; k++)
        {
            if (segments[k].Start != next || segments[k].Length < 1)
            {
                throw new ArgumentException(
                    Invariant(
                        $"segments[{k}] must start at {next} and hold a token, was {segments[k].Start} with length {segments[k].Length}."),
                    nameof(segments));
            }

            next = segments[k].End;
        }

        if (next != tokens)
        {
            throw new ArgumentException(Invariant($"segments must end at token {tokens}, ended at {next}."), nameof(segments));
        }
    }

    private static void NotEmpty(int tokens)
    {
        if (tokens < 1)
        {
            throw new ReproException(Invariant($"a response of {tokens} tokens has no segments; at least one token was expected."));
        }
    }
}

/// <summary>A run of consecutive tokens.</summary>
/// <param name="Start">Index of the first token.</param>
/// <param name="Length">Number of tokens, at least 1.</param>
public readonly record struct Segment(int Start, int Length)
{
    /// <summary>Index after the last token.</summary>
    public int End => Start + Length;
}

/// <summary>The one reward that stands for a segment (ADR Eq. 12 allows both).</summary>
public enum SegmentReward
{
    /// <summary>The mean of its token rewards, which makes the squared error smallest.</summary>
    Mean,

    /// <summary>The reward of its last token.</summary>
    LastToken,
}
