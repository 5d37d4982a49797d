using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Rewards.Segmentation;

namespace Repro.Tests.Properties.Rewards.Segmentation;

/// <summary>The tree of the envelope with nodes so small that short rewards make it many levels high.</summary>
public sealed class EnvelopeProperties
{
    private sealed record Case(string Shape, int Tokens, double Noise, double Penalty, int Capacity, int Stride, ulong Seed);

    private static Gen<Case> Cases =>
        from shape in Gen.Elements("ramp", "fall", "wave", "bowl", "flat", "steps")
        from tokens in Gen.Choose(2, 160)
        from noise in Gen.Elements(0, 1e-4, 0.02, 1)
        from penalty in Gen.Elements(0, 1e-4, 0.003, 0.05, 0.7, 20)
        from capacity in Gen.Choose(2, 5)
        from stride in Gen.Choose(1, 60)
        from seed in Gen.Choose(0, 1_000_000)
        select new Case(shape, tokens, noise, penalty, capacity, stride, (ulong)seed);

    [Fact]
    public void Every_prefix_costs_as_much_as_by_plain_dynamic_programming() =>
        Check.That(
            "envelope = plain",
            Cases,
            input =>
            {
                var rewards = Rewards(input);
                var envelope = new LevelEnvelope(input.Capacity);
                var best = new double[rewards.Length + 1];
                var (now, squares, zero) = (default(Prefix), 0.0, 0.0);
                envelope.Add(now, input.Penalty);
                for (var end = 1; end <= rewards.Length; end++)
                {
                    now = now.With(rewards[end - 1]);
                    squares += rewards[end - 1] * rewards[end - 1];
                    best[end] = Plain(rewards, best, end, input.Penalty);
                    var cost = envelope.Minimum(now, out var start);
                    (cost + zero + squares).Should().BeApproximately(best[end], 1e-9, "token {0}", end);
                    (best[start] + Error(rewards, start, end) + input.Penalty).Should().BeApproximately(best[end], 1e-9, "start {0} of token {1}", start, end);
                    envelope.Add(now, cost + input.Penalty);
                    if (end % input.Stride == 0)
                    {
                        envelope.Rebase(now, cost);
                        (now, zero) = (now.Anew, zero + cost);
                    }
                }
            },
            cases: 1000);

    private static double[] Rewards(Case input)
    {
        var random = new Xoshiro256(input.Seed);
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

    private static double Plain(double[] rewards, double[] best, int end, double penalty) =>
        Enumerable.Range(0, end).Min(start => best[start] + Error(rewards, start, end) + penalty);

    private static double Error(double[] rewards, int start, int end)
    {
        var mean = rewards[start..end].Average();
        return rewards[start..end].Sum(reward => (reward - mean) * (reward - mean));
    }
}
