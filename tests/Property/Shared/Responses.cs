using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Adaptive.Segmentation;

namespace Repro.Tests.Properties.Shared;

/// <summary>Token rewards of one response on a coarse grid, so that ties with baselines, bounds and each other are frequent.</summary>
public sealed record Response(double[] Rewards) : Drawn;

/// <summary>Token rewards of one response with two tokens or more.</summary>
public sealed record FineResponse(double[] Rewards) : Drawn;

/// <summary>A response that is cut into segments: each starts where <paramref name="Cuts"/> is true, the first at 0 in any case.</summary>
public sealed record SegmentedResponse(double[] Rewards, bool[] Cuts) : Drawn
{
    internal int[] Starts => [.. Enumerable.Range(0, Rewards.Length).Where(i => i == 0 || Cuts[i])];

    internal IReadOnlyList<Segment> Segments => Core.Adaptive.Segmentation.Segments.FromStarts(Starts, Rewards.Length);
}

/// <summary>A baseline on the grid of the rewards.</summary>
public sealed record Baseline(double Value) : Drawn;

/// <summary>Half the width of a neutral zone, on the same grid; 0 or more.</summary>
public sealed record Offset(double Value) : Drawn;

/// <summary>What each segment costs; 0 or more.</summary>
public sealed record Penalty(double Value) : Drawn;

/// <summary>Draws responses.</summary>
public static class Responses
{
    public static Arbitrary<Response> Any() => OfUpTo(30);

    public static Arbitrary<FineResponse> Fine() => Draw.Of(
        from count in Gen.Choose(2, 50)
        from rewards in Gen.ArrayOf(Draw.Real(-5, 5), count)
        select new FineResponse(rewards),
        x => x.Rewards.Length >= 2);

    public static Arbitrary<SegmentedResponse> Segmented() => Draw.Of(
        from rewards in Rewards(15)
        from cuts in Gen.ArrayOf(Gen.Elements(true, false), rewards.Length)
        select new SegmentedResponse(rewards, cuts),
        x => x.Rewards.Length >= 1 && x.Rewards.Length == x.Cuts.Length,
        x => Enumerable.Range(0, x.Rewards.Length).Select(i => new SegmentedResponse(Draw.Without(x.Rewards, i), Draw.Without(x.Cuts, i))));

    public static Arbitrary<Baseline> Baselines() =>
        Draw.Of(Gen.Choose(-8, 8).Select(i => new Baseline(i * 0.25)), x => x.Value is >= -2 and <= 2 && x.Value % 0.25 == 0);

    public static Arbitrary<Offset> Offsets() =>
        Draw.Of(Gen.Choose(0, 16).Select(i => new Offset(i * 0.25)), x => x.Value is >= 0 and <= 4 && x.Value % 0.25 == 0);

    public static Arbitrary<Penalty> Penalties() => Draw.Of(
        Gen.Frequency((1, Gen.Constant(0.0)), (4, Gen.Choose(0, 400).Select(i => i / 40.0))).Select(x => new Penalty(x)),
        x => x.Value is >= 0 and <= 10);

    internal static Arbitrary<Response> OfUpTo(int tokens) =>
        Draw.Of(Rewards(tokens).Select(x => new Response(x)), x => x.Rewards.Length >= 1);

    private static Gen<double[]> Rewards(int most) =>
        from count in Gen.Choose(1, most)
        from grid in Gen.Elements(1.0, 0.25, 0.01)
        from values in Gen.ArrayOf(Gen.Choose(-8, 8).Select(i => i * grid), count)
        select values;
}

/// <summary>Responses so short that all their segmentations can be tried.</summary>
public static class ShortResponses
{
    public static Arbitrary<Response> Any() => Responses.OfUpTo(11);
}

/// <summary>Responses of up to 120 tokens.</summary>
public static class LongResponses
{
    public static Arbitrary<Response> Any() => Responses.OfUpTo(120);
}
