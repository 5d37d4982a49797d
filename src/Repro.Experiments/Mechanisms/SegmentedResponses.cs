using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Randomness;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>A response whose true reward is known for every token: runs of one level each, and the noise that is laid over them.</summary>
/// <param name="Levels">True reward of each token.</param>
/// <param name="Starts">First token of each run, in order; runs next to each other have different levels.</param>
/// <param name="Noise">N(0, 1) for each token, the same at every size of noise.</param>
/// <param name="Sentences">First token of each sentence, drawn without regard to the runs.</param>
internal sealed record SegmentedResponse(double[] Levels, int[] Starts, double[] Noise, int[] Sentences)
{
    /// <summary>Number of tokens.</summary>
    public const int Tokens = 200;

    /// <summary>Responses of a seed.</summary>
    public const int PerSeed = 10;

    /// <summary>The runs.</summary>
    public IReadOnlyList<Segment> Runs => Segments.FromStarts(Starts, Tokens);

    /// <summary>Runs of one sign, which is what a trigger at baseline 0 can find.</summary>
    public int SignRuns => Segments.Switches(SchmittTrigger.Comparator(Levels, 0)) + 1;

    /// <summary>Token rewards.</summary>
    /// <param name="sigma">Standard deviation of the noise.</param>
    public double[] Rewards(double sigma) => [.. Levels.Zip(Noise, (level, noise) => level + (sigma * noise))];

    /// <summary>The responses of some seeds, ten a seed.</summary>
    /// <param name="seeds">How many.</param>
    /// <param name="draw">Draws one.</param>
    /// <param name="first">The first seed.</param>
    public static IReadOnlyList<IReadOnlyList<SegmentedResponse>> Draw(
        int seeds, Func<Xoshiro256, SegmentedResponse> draw, int first = 1) =>
        [.. Enumerable.Range(first, seeds).Select(seed => Several(new Xoshiro256((ulong)seed), draw))];

    /// <summary>Runs of 3 to 30 tokens with levels uniform in -1 to 1.</summary>
    /// <param name="random">The generator.</param>
    public static SegmentedResponse Uniform(Xoshiro256 random) => Alternating(random, _ => (3, 30), _ => (2 * random.NextDouble()) - 1);

    /// <summary>Runs of 3 to 30 tokens at 0.5 and -0.5 in turn.</summary>
    /// <param name="random">The generator.</param>
    public static SegmentedResponse TwoLevels(Xoshiro256 random) => Alternating(random, _ => (3, 30), Good);

    /// <summary>Good stretches of 10 to 40 tokens at 0.5 and error spans at -0.5 in turn.</summary>
    /// <param name="random">The generator.</param>
    /// <param name="shortest">Fewest tokens of an error span.</param>
    /// <param name="longest">Most tokens of one.</param>
    public static SegmentedResponse WithErrors(Xoshiro256 random, int shortest, int longest) =>
        Alternating(random, run => run % 2 == 0 ? (10, 40) : (shortest, longest), Good);

    /// <summary>As <see cref="WithErrors"/>, with all spans and stretches of whole steps of five tokens.</summary>
    /// <param name="random">The generator.</param>
    public static SegmentedResponse WithErrorsOnSteps(Xoshiro256 random) =>
        Alternating(random, run => run % 2 == 0 ? (2, 8) : (1, 2), Good, unit: 5);

    private static double Good(int run) => run % 2 == 0 ? 0.5 : -0.5;

    private static SegmentedResponse[] Several(Xoshiro256 random, Func<Xoshiro256, SegmentedResponse> draw)
    {
        var responses = new SegmentedResponse[PerSeed];
        for (var i = 0; i < PerSeed; i++)
        {
            responses[i] = draw(random);
        }

        return responses;
    }

    private static SegmentedResponse Alternating(
        Xoshiro256 random, Func<int, (int Shortest, int Longest)> lengths, Func<int, double> level, int unit = 1)
    {
        var starts = Starting(random, lengths, unit);
        var levels = new double[Tokens];
        for (var run = 0; run < starts.Length; run++)
        {
            levels.AsSpan(starts[run]..(run + 1 < starts.Length ? starts[run + 1] : Tokens)).Fill(level(run));
        }

        return new SegmentedResponse(levels, starts, random.NextNormals(Tokens), Starting(random, _ => (8, 20), 1));
    }

    private static int[] Starting(Xoshiro256 random, Func<int, (int Shortest, int Longest)> lengths, int unit)
    {
        var starts = new List<int>();
        for (var start = 0; start < Tokens;)
        {
            var (shortest, longest) = lengths(starts.Count);
            starts.Add(start);
            start += unit * (shortest + random.NextInt32(longest - shortest + 1));
        }

        return [.. starts];
    }
}
