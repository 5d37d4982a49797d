using FsCheck.Xunit;
using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Randomness;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Property.Adaptive.Segmentation;

/// <summary>The tree of the envelope with nodes so small that short rewards make it many levels high.</summary>
[Properties(Arbitrary = new[] { typeof(SegmentationInputs) })]
public sealed class EnvelopeProperties
{
    private const double Rounding = 1e-11;

    [Property(MaxTest = 1000)]
    public void Every_prefix_costs_as_much_as_by_plain_dynamic_programming(EnvelopeCase input)
    {
        var rewards = Rewards(input);
        var envelope = new LevelEnvelope(input.Capacity);
        var best = new double[rewards.Length + 1];
        var sums = Sums(rewards);
        var (now, zero) = (default(Prefix), 0.0);
        envelope.Add(now, input.Penalty);
        for (var end = 1; end <= rewards.Length; end++)
        {
            now = now.With(rewards[end - 1]);
            best[end] = Enumerable.Range(0, end).Min(start => best[start] + Error(sums, start, end) + input.Penalty);
            var cost = envelope.Minimum(now, out var start);
            (cost + zero + sums[end].Squares).Should().BeApproximately(best[end], 1e-9, "token {0}", end);
            (best[start] + Error(sums, start, end) + input.Penalty)
                .Should().BeApproximately(best[end], 1e-9, "start {0} of token {1}", start, end);
            envelope.Add(now, cost + input.Penalty);
            if (end % input.Stride == 0)
            {
                envelope.Rebase(now, cost);
                (now, zero) = (now.Anew, zero + cost);
            }
        }
    }

    [Property(MaxTest = 1000)]
    public void Bounds_of_every_node_hold_and_those_near_the_root_are_tight(EnvelopeCase input)
    {
        var envelope = new LevelEnvelope(input.Capacity);
        var now = default(Prefix);
        envelope.Add(now, input.Penalty);
        var most = 1;
        foreach (var reward in Rewards(input).Take(120))
        {
            now = now.With(reward);
            var best = envelope.Minimum(now, out _);
            Bounds(envelope.Root!, now, most);
            if (envelope.Root!.Children is { } children)
            {
                Holds(Math.Abs(envelope.Root.Lower(now) - best) <= Rounding, "the lower bound of the root is the minimum");
                Holds(
                    children.Take(envelope.Root.Count).All(child => child.Lower(now) >= best - Rounding),
                    "what could be lower was looked at");
            }

            var cost = best + input.Penalty;

            // Of n pieces a start leaves at most 2n + 1, which are split in two where they are more than the capacity.
            most = Math.Max(input.Capacity, Largest(envelope.Root)) + 1;
            envelope.Add(now, cost);
            Bounds(envelope.Root, now, most);
            Holds((envelope.Root.Left, envelope.Root.Right) == (-1, 1), "each level has a cost");
            Holds(envelope.Root.Children is null || Upper(envelope.Root, now) <= cost + Rounding, "nothing is above the newest start");
            if (now.Count % input.Stride == 0)
            {
                envelope.Rebase(now, best);
                now = now.Anew;
                Bounds(envelope.Root, now, most);
            }
        }
    }

    [Fact]
    public void Without_a_start_nothing_has_a_cost()
    {
        var envelope = new LevelEnvelope();
        envelope.Minimum(default(Prefix).With(1), out var start).Should().Be(double.PositiveInfinity);
        start.Should().Be(-1);
        envelope.Root.Should().BeNull();
    }

    // The most pieces or children of the node and of all below it.
    private static int Largest(LevelNode node) =>
        Math.Max(node.Count, node.Children is null ? 0 : node.Children.Take(node.Count).Max(Largest));

    // The largest upper bound of the node and of all below it.
    private static double Upper(LevelNode node, in Prefix now)
    {
        var upper = node.Upper(now);
        for (var i = 0; node.Children is not null && i < node.Count; i++)
        {
            upper = Math.Max(upper, Upper(node.Children[i], now));
        }

        return upper;
    }

    // Returns the lowest and the highest cost over the levels of the node.
    private static (double Low, double High) Bounds(LevelNode node, Prefix now, int most)
    {
        var (low, high, between, left) = (double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity, node.Left);
        Holds(node.Count >= 1 && node.Count <= most, "nodes are small");
        for (var i = 0; i < node.Count; i++)
        {
            var part = node.Children is null ? Costs(node.Pieces[i], left, now) : Bounds(node.Children[i], now, most);
            (low, high) = (Math.Min(low, part.Low), Math.Max(high, part.High));
            if (i > 0 && i < node.Count - 1)
            {
                between = Math.Max(between, part.High);
            }

            Holds(node.Children is null || node.Children[i].Left == left, "levels have no gap");
            left = node.Children?[i].Right ?? node.Pieces[i].Right;
        }

        Holds(left == node.Right, "a node ends where its last part does");
        Holds(node.Lower(now) <= low + Rounding, "the lower bound holds");
        Holds(node.Upper(now) >= high - Rounding, "the upper bound holds");
        Holds(
            node.Children is null || node.Count < 3 || node.UpperBetween(now) >= between - Rounding,
            "the upper bound between the ends holds");

        return (low, high);
    }

    private static (double Low, double High) Costs(in LevelPiece piece, double left, in Prefix now)
    {
        Holds(piece.Right > left, "levels ascend");
        var (first, last) = (piece.At(left, now), piece.At(piece.Right, now));
        var length = now.Count - piece.Start;
        var low = length == 0 ? piece.Base : piece.At(Math.Clamp((now.Sum - piece.Sum) / length, left, piece.Right), now);
        return (low, Math.Max(first, last));
    }

    // Assertions that cost nothing where they hold: there are millions.
    private static void Holds(bool condition, string what)
    {
        if (!condition)
        {
            Assert.Fail(what);
        }
    }

    private static double[] Rewards(EnvelopeCase input)
    {
        var random = new Xoshiro256((ulong)input.Seed);
        return [.. Enumerable.Range(0, input.Tokens).Select(i =>
        {
            var x = (double)i / input.Tokens;
            var level = input.Shape switch
            {
                "ramp" => x - 0.5,
                "fall" => 0.5 - x,
                "wave" => Math.Sin(7 * x),
                "bowl" => 2 * (x - 0.5) * (x - 0.5),
                "steps" => (Math.Floor(x * 9) % 3) - 1,
                _ => 0.3,
            };
            return Math.Clamp(level + (input.Noise * (random.NextDouble() - 0.5)), -1, 1);
        })];
    }

    private static (double Sum, double Squares)[] Sums(double[] rewards)
    {
        var sums = new (double Sum, double Squares)[rewards.Length + 1];
        for (var i = 0; i < rewards.Length; i++)
        {
            sums[i + 1] = (sums[i].Sum + rewards[i], sums[i].Squares + (rewards[i] * rewards[i]));
        }

        return sums;
    }

    private static double Error((double Sum, double Squares)[] sums, int start, int end)
    {
        var sum = sums[end].Sum - sums[start].Sum;
        return sums[end].Squares - sums[start].Squares - (sum * sum / (end - start));
    }
}
