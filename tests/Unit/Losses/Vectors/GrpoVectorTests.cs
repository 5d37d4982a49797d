using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>No peer's vectors of GRPO are at hand; where its loss is that of another peer, it must give that peer's numbers.
/// <c>GroupFixtureTests</c> has an independent computation.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class GrpoVectorTests
{
    /// <summary>OpenRLHF's policy loss over tokens is <c>dapo</c>, that over responses <c>grpo</c>.</summary>
    [Fact]
    public void The_vectors_of_a_peer()
    {
        using var scope = NewDisposeScope();
        var cases = VectorCase.Load(VectorFolder.Path("ppo", "openrlhf_policy_loss.json"))
            .Where(vector => vector.Text("policy_loss_type") == "ppo" && vector.OptionalNumber("dual_clip") is null).ToList();
        cases.Select(vector => vector.Flag("token_level_loss")).Distinct().Should().HaveCount(2);
        foreach (var vector in cases)
        {
            var logProbs = vector.Tensor("log_probs", ScalarType.Float64).requires_grad_();
            var mask = vector.Tensor("action_mask");
            var batch = new PpoBatch
            {
                LogProbs = logProbs,
                OldLogProbs = vector.Tensor("old_log_probs", ScalarType.Float64),
                Advantages = vector.Tensor("advantages", ScalarType.Float64),
                Mask = mask,
                Weights = GrpoObjective.TokenWeights(mask, vector.Flag("token_level_loss") ? GrpoLossType.Dapo : GrpoLossType.Grpo, 1),
            };
            var clip = new ClipRange(vector.Number("clip_eps_low"), vector.Number("clip_eps_high"));
            var (loss, penalty) = GrpoObjective.Losses(batch, clip, 0);
            (loss + penalty).backward();
            var expected = vector.Expected();
            GrpoObjective.Total(batch, clip, 0).item<double>().Should().Be((loss + penalty).item<double>());
            loss.item<double>().Should().BeApproximately(expected["loss"][0], 1e-6, vector.Id);
            VectorComparison.Doubles(logProbs.grad!).Zip(expected["grad_log_probs"], (found, wanted) => Math.Abs(found - wanted)).Max()
                .Should().BeLessThan(1e-7, vector.Id);
        }
    }
}
