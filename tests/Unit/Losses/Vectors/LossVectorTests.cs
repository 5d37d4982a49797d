using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Losses, rewards and statistics against the numbers of their peers: every file of the topics, every case, in float64 and in
/// float32.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class LossVectorTests
{
    private static readonly string[] Topics = ["dpo", "ppo", "reward_model", "preference"];

    private static readonly string[] TopicsElsewhere = ["models", "optim", "ranking", "sampling", "tokenizers", "train"];

    private static readonly Dictionary<string, Func<Source, Outputs>> Runs = new(StringComparer.Ordinal)
    {
        ["dpo/batch_logps"] = DpoVectors.BatchLogps,
        ["dpo/dpo_from_logits"] = DpoVectors.FromLogits,
        ["dpo/preference_loss"] = DpoVectors.PreferenceLoss,
        ["dpo/sft_loss"] = DpoVectors.SftLoss,
        ["dpo/trl_dpo_loss"] = DpoVectors.TrlLoss,
        ["dpo/trl_main_dpo_loss"] = DpoVectors.TrlMainLoss,
        ["ppo/compute_advantages"] = PpoVectors.Advantages,
        ["ppo/compute_rewards"] = PpoVectors.Rewards,
        ["ppo/forward_alignment"] = PpoVectors.Alignment,
        ["ppo/kl_controller"] = PpoVectors.Controllers,
        ["ppo/logprobs_entropy"] = PpoVectors.LogProbsAndEntropy,
        ["ppo/masked_stats"] = PpoVectors.MaskedStats,
        ["ppo/openrlhf_kl"] = PpoVectors.OpenRlhfKl,
        ["ppo/openrlhf_policy_loss"] = PpoLossVectors.OpenRlhfPolicy,
        ["ppo/openrlhf_reward"] = PpoVectors.OpenRlhfReward,
        ["ppo/openrlhf_value_loss"] = PpoLossVectors.OpenRlhfValue,
        ["ppo/ppo_loss"] = PpoLossVectors.Loss,
        ["ppo/step_stats"] = PpoVectors.StepStats,
        ["preference/cpo_simpo"] = PreferenceVectors.Cpo,
        ["preference/kto"] = PreferenceVectors.Kto,
        ["preference/orpo"] = PreferenceVectors.Orpo,
        ["preference/tdpo"] = PreferenceVectors.Tdpo,
        ["reward_model/abs_mse"] = RewardModelVectors.AbsoluteMse,
        ["reward_model/bce_mse"] = RewardModelVectors.BinaryCrossEntropy,
        ["reward_model/oa_sft_losses"] = RewardModelVectors.SupervisedLosses,
        ["reward_model/pairwise"] = RewardModelVectors.Pairwise,
        ["reward_model/rmloss"] = RewardModelVectors.Ranking,
    };

    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        foreach (var file in Topics.SelectMany(topic => VectorFolder.Files(topic).Select(name => $"{topic}/{name}")))
        {
            data.Add(file);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_case_gives_the_peers_numbers(string file) => Check(file, CPU);

    [CudaTheory]
    [MemberData(nameof(Files))]
    public void Every_case_gives_the_peers_numbers_on_a_CUDA_device(string file) => Check(file, CUDA);

    [Fact]
    public void Every_topic_belongs_to_a_suite() => VectorFolder.Topics().Except(Topics).Except(TopicsElsewhere).Should().BeEmpty();

    private static void Check(string file, Device device)
    {
        Runs.Should().ContainKey(file, "a file of vectors that nothing reads proves nothing");
        foreach (var vector in VectorCase.Load(VectorFolder.Path(file + ".json")))
        {
            foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
            {
                using var scope = NewDisposeScope();
                VectorComparison.Check(
                    vector, Runs[file](new Source(vector, type, device)), type == ScalarType.Float32, elsewhere: device.type != CPU.type);
            }
        }
    }
}
