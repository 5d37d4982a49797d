using System.Text.Json;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>
/// GRPO and RLOO from scores to advantages, loss and slope at every token, against a computation in plain Python that shares nothing with
/// this project (<c>bench/python/group_fixtures.py</c>). RLOO by hand: of the rewards 1, 3, 2 the others' means are 2.5, 1.5 and 2, the
/// advantages -1.5, 1.5 and 0. A response of two tokens, each e^0.05 times as likely as when it was sampled, has the ratio e^0.1 = 1.10517,
/// and at the advantage 1.5 the loss -1.65776.
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class GroupFixtureTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Fixture().Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Advantages_loss_and_slopes_are_those_of_plain_Python(int number)
    {
        using var scope = NewDisposeScope();
        var wanted = Fixture()[number];
        var lengths = wanted.GetProperty("lengths").EnumerateArray().Select(length => length.GetInt32()).ToArray();
        var settings = Settings(wanted);
        using var batch = Batch(lengths, settings.NumGenerations, wanted);

        using var targets = settings.Method().Targets(batch, Numbers(wanted, "scores"), settings.Beta);
        Distance(VectorComparison.Doubles(targets.Advantages.narrow(1, 0, 1)), Numbers(wanted, "advantages")).Should().BeLessThan(1e-9);

        int[][] parts = wanted.TryGetProperty("parts", out var cuts)
            ? [.. cuts.EnumerateArray().Select(cut => cut.EnumerateArray().Select(row => row.GetInt32()).ToArray())]
            : [[.. Enumerable.Range(0, lengths.Length)]];
        var (loss, slopes) = LossAndSlopes(settings, batch, targets, parts, Numbers(wanted, "now"));
        loss.Should().BeApproximately(wanted.GetProperty("loss").GetDouble(), 1e-7);
        Distance(slopes, Numbers(wanted, "gradient")).Should().BeLessThan(1e-7);
        slopes.Should().Contain(slope => Math.Abs(slope) > 1e-3);
    }

    [Fact]
    public void The_worked_example_of_Rloo()
    {
        using var scope = NewDisposeScope();
        VectorComparison.Doubles(GroupAdvantages.LeaveOneOut(Row(1, 3, 2).squeeze(0), 3)).Should().Equal(-1.5, 1.5, 0);
        PolicyLoss.Clipped(Row(0.1), Row(0), Row(1.5), ones(1, 1), ClipRange.Symmetric(0.2))
            .to(ScalarType.Float64).item<double>().Should().BeApproximately(-1.65776, 1e-5);
    }

    [Fact]
    public void The_cases_clip_on_both_sides_and_cover_every_type_and_scale()
    {
        var all = Fixture();
        all.Where(one => one.TryGetProperty("loss_type", out _))
            .Select(one => (one.GetProperty("loss_type").GetString(), one.GetProperty("scale_rewards").GetString()))
            .Distinct().Should().HaveCount(Enum.GetValues<GrpoLossType>().Length * Enum.GetValues<RewardScale>().Length);
        var ratios = Numbers(all[0], "now").Zip(Numbers(all[0], "old"), (now, old) => Math.Exp(now - old)).ToArray();
        ratios.Should().Contain(ratio => ratio < 0.8).And.Contain(ratio => ratio > 1.28).And.Contain(ratio => ratio > 0.9 && ratio < 1.1);
    }

    private static (double Loss, double[] Slopes) LossAndSlopes(
        GroupSettings settings, RolloutBatch batch, PpoTargets targets, int[][] parts, double[] now)
    {
        var (total, slopes, first) = (0.0, new List<double>(), 0);
        foreach (var part in parts)
        {
            using var tokens = RolloutTokens.Collate([.. part.Select(row => batch.Rollouts[row])], 0);
            var count = (int)tokens.ResponseTokens;
            var leaf = tensor(now[first..(first + count)], [count], ScalarType.Float64).requires_grad_();
            var own = new PpoPart(batch, targets, null, part, parts, tokens);
            var loss = settings.Method().Loss(own, settings.Method().LossInputs(own, null, leaf, leaf));
            loss.backward();
            total += loss.to(ScalarType.Float64).item<double>();
            slopes.AddRange(VectorComparison.Doubles(leaf.grad!));
            first += count;
        }

        return (total, [.. slopes]);
    }

    private static GroupSettings Settings(JsonElement wanted)
    {
        var lengths = wanted.GetProperty("lengths").GetArrayLength();
        GroupSettings settings = wanted.GetProperty("method").GetString() == "rloo"
            ? new RlooSettings
            {
                Sampler = new SamplerSettings { MaxNewTokens = 7 },
                BatchSize = lengths,
                NormalizeAdvantages = wanted.GetProperty("normalize_advantages").GetBoolean(),
            }
            : new GrpoSettings
            {
                Sampler = new SamplerSettings { MaxNewTokens = wanted.GetProperty("most_tokens").GetInt32() },
                BatchSize = lengths,
                LossType = Named<GrpoLossType>(wanted, "loss_type"),
                ScaleRewards = Named<RewardScale>(wanted, "scale_rewards"),
            };
        return settings with
        {
            NumGenerations = wanted.GetProperty("group_size").GetInt32(),
            Epsilon = wanted.GetProperty("low").GetDouble(),
            EpsilonHigh = wanted.GetProperty("high").GetDouble(),
            Beta = wanted.GetProperty("beta").GetDouble(),
        };
    }

    private static RolloutBatch Batch(int[] lengths, int groupSize, JsonElement wanted)
    {
        Rollout Response(int length, int row) =>
            new(new RolloutPrompt([row / groupSize]), [.. Enumerable.Repeat(1L, length)], true);
        Rollout[] rollouts = [.. lengths.Select(Response)];
        var tokens = RolloutTokens.Collate(rollouts, 0);
        Tensor Spread(string name) =>
            tokens.Unflatten(tensor(Numbers(wanted, name), [tokens.ResponseTokens], ScalarType.Float64)).DetachFromDisposeScope();
        return new RolloutBatch
        {
            Rollouts = rollouts,
            Tokens = tokens,
            LogProbs = Spread("old"),
            ReferenceLogProbs = Spread("reference"),
            Entropies = Spread("old"),
        };
    }

    private static T Named<T>(JsonElement wanted, string key)
        where T : struct, Enum =>
            Enum.Parse<T>(wanted.GetProperty(key).GetString()!.Replace("_", string.Empty, StringComparison.Ordinal), ignoreCase: true);

    // The numbers of a list, or of a list of lists one after another.
    private static double[] Numbers(JsonElement wanted, string key) =>
        [.. wanted.GetProperty(key).EnumerateArray()
            .SelectMany(
                item => item.ValueKind == JsonValueKind.Array ? item.EnumerateArray().Select(one => one.GetDouble()) : [item.GetDouble()])];

    private static Tensor Row(params double[] values) => tensor(values, [1, values.Length], ScalarType.Float64);

    private static double Distance(double[] found, double[] wanted)
    {
        found.Should().HaveCount(wanted.Length);
        return found.Zip(wanted, (x, y) => Math.Abs(x - y)).Max();
    }

    private static List<JsonElement> Fixture()
    {
        using var document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(RepositoryRoot.Find(), "fixtures", "grpo", "group_losses.json")));
        return [.. document.RootElement.EnumerateArray().Select(one => one.Clone())];
    }
}
