using FsCheck;
using FsCheck.Fluent;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Property.Adaptive.Segmentation;

/// <summary>States of a trigger: -1, 0 or 1 for each token.</summary>
public sealed record States(sbyte[] Values) : Drawn;

/// <summary>Tokens of a segment.</summary>
public sealed record SegmentLength(int Tokens) : Drawn;

/// <summary>A response with one reward that is not finite.</summary>
public sealed record SpoiledResponse(double[] Rewards, int At, double Bad) : Drawn
{
    internal double[] Spoiled => [.. Rewards.Select((reward, i) => i == At ? Bad : reward)];
}

/// <summary>A reward of some shape with noise, and how the tree of the envelope is built.</summary>
public sealed record EnvelopeCase(string Shape, int Tokens, double Noise, double Penalty, int Capacity, int Stride, int Seed) : Drawn;

/// <summary>Draws what only the tests of segmentation need.</summary>
public static class SegmentationInputs
{
    private static readonly double[] NotFinite = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    private static readonly double[] Noises = [0, 1e-4, 0.02, 1];

    private static readonly double[] Penalties = [0, 1e-4, 0.003, 0.05, 0.7, 20];

    private static readonly string[] Shapes = ["ramp", "fall", "wave", "bowl", "flat", "steps"];

    public static Arbitrary<States> States() => Draw.Of(
        from count in Gen.Choose(1, 40)
        from states in Gen.ArrayOf(Gen.Choose(-1, 1).Select(i => (sbyte)i), count)
        select new States(states),
        x => x.Values.Length >= 1);

    public static Arbitrary<SegmentLength> Lengths() =>
        Draw.Of(Gen.Choose(1, 20).Select(tokens => new SegmentLength(tokens)), x => x.Tokens >= 1);

    public static Arbitrary<SpoiledResponse> Spoiled() => Draw.Of(
        from response in Responses.OfUpTo(20).Generator
        from at in Gen.Choose(0, response.Rewards.Length - 1)
        from bad in Gen.Elements(NotFinite)
        select new SpoiledResponse(response.Rewards, at, bad),
        x => x.At < x.Rewards.Length && !double.IsFinite(x.Bad));

    public static Arbitrary<EnvelopeCase> Envelopes() => Draw.Of(
        from shape in Gen.Elements(Shapes)
        from tokens in Gen.Choose(2, 160)
        from noise in Gen.Elements(Noises)
        from penalty in Gen.Elements(Penalties)
        from capacity in Gen.Choose(2, 5)
        from stride in Gen.Choose(1, 60)
        from seed in Gen.Choose(0, 1_000_000)
        select new EnvelopeCase(shape, tokens, noise, penalty, capacity, stride, seed),
        x => Shapes.Contains(x.Shape) && x.Tokens >= 2 && x.Capacity >= 2 && x.Stride >= 1 && Noises.Contains(x.Noise)
            && Penalties.Contains(x.Penalty));
}
