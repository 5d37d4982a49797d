using Repro.Core.Models;
using Repro.Core.Optimization;
using Repro.Core.Training;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>A whole short PPO run against the numbers of its peer: rollout, every update, final weights.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class PpoVectorTests
{
    private const double Tolerance = 1e-4;

    private static readonly (string Peer, string Own)[] Names =
    [
        ("loss/policy", "loss/policy"), ("loss/value", "loss/value"), ("loss/total", "loss"), ("policy/approxkl", "policy/approximate_kl"),
        ("policy/policykl", "policy/step_kl"), ("policy/clipfrac", "policy/clip_fraction"), ("policy/advantages_mean", "advantages/mean"),
        ("returns/mean", "returns/mean"), ("returns/var", "returns/variance"), ("val/vpred", "value/now"), ("val/error", "value/error"),
        ("val/clipfrac", "value/clip_fraction"), ("val/mean", "value/mean"), ("val/var", "value/variance"), ("grad_norm", "gradient_norm"),
    ];

    [VectorTheory]
    [InlineData(null, false)]
    [InlineData(1, false)]
    [InlineData(null, true)]
    public void TheRunGivesThePeersNumbers(int? microBatch, bool checkpointing) => Run(CPU, microBatch, checkpointing);

    [CudaVectorTheory]
    [InlineData(null, false)]
    [InlineData(1, true)]
    public void TheRunOnACudaDeviceGivesThePeersNumbers(int? microBatch, bool checkpointing) => Run(CUDA, microBatch, checkpointing);

    private static void Run(Device device, int? microBatch, bool checkpointing)
    {
        using var scope = NewDisposeScope();
        var vector = VectorCase.Load(VectorFolder.Path("train", "ppo.json")).Single();
        using var policy = LanguageModel.Load(VectorFolder.Path("models", "llama-tiny"), device: device);
        using var reference = LanguageModel.Load(VectorFolder.Path("models", "llama-tiny"), device: device);
        var rollouts = Rollouts(vector);
        using var trainer = Trainer(vector, policy, reference, rollouts, microBatch, checkpointing);
        var settings = Settings(vector, rollouts.Count, microBatch);
        using var batch = RolloutMeasurement.Measure(new PolicyModels(policy, null, reference, null), trainer.ValueHead, rollouts, settings.Sampler, rowsPerPass: microBatch);
        var scores = VectorComparison.Doubles(vector.Tensor("scores", ScalarType.Float32));
        using var targets = PpoTargets.Of(batch, scores, vector.Number("init_kl_coef"), settings);
        var expected = vector.Expected();
        CheckRollout(vector, rollouts, batch, targets);

        var updates = trainer.Updates.Run(batch, targets, null, 0, _ => [.. Enumerable.Range(0, rollouts.Count)], CancellationToken.None);
        updates.Should().HaveCount(expected.Keys.Count(name => name.EndsWith("/grad_norm", StringComparison.Ordinal)));
        for (var i = 0; i < updates.Count; i++)
        {
            foreach (var (peer, own) in Names)
            {
                var wanted = expected[Invariant($"minibatch_stats/{i}/{peer}")].Single();
                updates[i][own].Should().BeApproximately(wanted, Tolerance * Math.Max(1, Math.Abs(wanted)), Invariant($"{peer} of mini-batch {i}"));
            }
        }

        Close(trainer.ValueHead.Parameters()["v_head.summary.weight"], expected["final_value_head_weight"]);
        Close(trainer.ValueHead.Parameters()["v_head.summary.bias"], expected["final_value_head_bias"]);
        Close(policy.BaseParameters()["model.norm.weight"], expected["final_norm_weight"]);
    }

    private static void CheckRollout(VectorCase vector, IReadOnlyList<Rollout> rollouts, RolloutBatch batch, PpoTargets targets)
    {
        var expected = vector.Expected();
        // Padding is 0: the entropies of the first two rows, which are the first mini-batch, have the mean that the peer saw before its first update.
        var entropies = VectorComparison.Doubles(batch.Entropies.narrow(0, 0, 2));
        (entropies.Sum() / rollouts.Take(2).Sum(rollout => rollout.Response.Count)).Should().BeApproximately(expected["minibatch_stats/0/policy/entropy"][0], Tolerance);
        var mask = expected["rollout/masks"];
        foreach (var (name, tensor) in new (string, Tensor)[]
        {
            ("logprobs", batch.LogProbs), ("ref_logprobs", batch.ReferenceLogProbs), ("values", batch.Values!), ("rewards", targets.Rewards),
            ("non_score_rewards", targets.PenaltyRewards), ("advantages", targets.Advantages), ("returns", targets.Returns),
        })
        {
            var (wanted, found) = (expected["rollout/" + name], VectorComparison.Doubles(tensor));
            var (time, columns, compared) = (mask.Length / rollouts.Count, (int)batch.Tokens.ResponseLength, 0);
            for (var row = 0; row < rollouts.Count; row++)
            {
                for (var t = 0; t < rollouts[row].Response.Count; t++)
                {
                    var place = (row * time) + rollouts[row].Prompt.Ids.Count - 1 + t;
                    mask[place].Should().Be(1);
                    found[(row * columns) + t].Should().BeApproximately(wanted[place], Tolerance, Invariant($"{name} of token {t} in row {row}"));
                    compared++;
                }
            }

            compared.Should().Be((int)mask.Sum());
        }
    }

    private static List<Rollout> Rollouts(VectorCase vector)
    {
        var ids = VectorComparison.Doubles(vector.Tensor("input_ids")).Select(id => (long)id).ToArray();
        var queries = vector.Input("query_lengths").EnumerateArray().Select(length => length.GetInt32()).ToArray();
        var responses = vector.Input("response_lengths").EnumerateArray().Select(length => length.GetInt32()).ToArray();
        var time = ids.Length / queries.Length;
        return [.. queries.Select((query, row) => new Rollout(
            new RolloutPrompt(ids[(row * time)..((row * time) + query)]),
            ids[((row * time) + query)..((row * time) + query + responses[row])],
            Ended: true))];
    }

    private static PpoTrainingSettings Settings(VectorCase vector, int responses, int? microBatch) => new()
    {
        Sampler = new SamplerSettings { MaximumNewTokens = 4 },
        Responses = responses,
        MiniBatch = (int)vector.Number("mini_batch_size"),
        MicroBatch = microBatch,
        Epochs = (int)vector.Number("ppo_epochs"),
        Gamma = vector.Number("gamma"),
        Lambda = vector.Number("lam"),
        PolicyClip = vector.Number("cliprange"),
        ValueClip = vector.Number("cliprange_value"),
        ValueCoefficient = vector.Number("vf_coef"),
        RatioThreshold = vector.Number("ratio_threshold"),
        WhitenRewards = vector.Flag("whiten_rewards"),
        Kl = new KlSettings { Coefficient = vector.Number("init_kl_coef"), Adaptive = false },
    };

    private static PpoTrainer Trainer(VectorCase vector, LanguageModel policy, LanguageModel reference, IReadOnlyList<Rollout> rollouts, int? microBatch, bool checkpointing)
    {
        var head = ValueHead.Create(policy.Config, 1, policy.Device);
        using (no_grad())
        {
            head.Parameters()["v_head.summary.weight"].copy_(vector.Tensor("value_head_weight", ScalarType.Float32));
            head.Parameters()["v_head.summary.bias"].copy_(vector.Tensor("value_head_bias", ScalarType.Float32));
            policy.BaseParameters()["lm_head.weight"].add_(vector.Tensor("lm_head_delta_added_to_policy", ScalarType.Float32).to(policy.Device));
        }

        var optimizer = new OptimizerSettings { Kind = OptimizerKind.Adam, LearningRate = vector.Number("lr"), Beta1 = 0.9, Beta2 = 0.999, Epsilon = vector.Number("eps") };
        return new PpoTrainer(
            new PolicyModels(policy, null, reference, null),
            [.. rollouts.Select(rollout => rollout.Prompt)],
            new RuleReward(_ => 0),
            Settings(vector, rollouts.Count, microBatch),
            optimizer,
            new RandomStreams(1),
            new PpoTrainerParts { ValueHead = head, GradientCheckpointing = checkpointing });
    }

    private static void Close(Tensor tensor, double[] expected)
    {
        var found = VectorComparison.Doubles(tensor);
        found.Should().HaveCount(expected.Length);
        found.Zip(expected, (x, y) => Math.Abs(x - y)).Max().Should().BeLessThan(Tolerance);
    }
}
