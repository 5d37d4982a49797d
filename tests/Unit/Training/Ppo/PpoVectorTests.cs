using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>Whole short PPO runs against the numbers of their peer: rollout, every update, final weights.</summary>
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

    [Theory]
    [InlineData(null, false)]
    [InlineData(1, false)]
    [InlineData(null, true)]
    public void Runs_give_the_peers_numbers(int? microBatch, bool checkpointing) => RunAll(CPU, microBatch, checkpointing);

    [CudaTheory]
    [InlineData(null, false)]
    [InlineData(1, true)]
    public void Runs_on_a_cuda_device_give_the_peers_numbers(int? microBatch, bool checkpointing) =>
        RunAll(CUDA, microBatch, checkpointing);

    private static void RunAll(Device device, int? microBatch, bool checkpointing)
    {
        var cases = VectorCase.Load(VectorFolder.Path("train", "ppo.json"));
        cases.Should().NotBeEmpty();
        foreach (var vector in cases)
        {
            Run(vector, device, microBatch, checkpointing);
        }
    }

    private static void Run(VectorCase vector, Device device, int? microBatch, bool checkpointing)
    {
        using var scope = NewDisposeScope();
        vector.Text("reference").Should().Be(vector.Text("model") + " unchanged");
        using var policy = LanguageModel.Load(TrainingRuns.Folder(vector.Text("model")), device: device);
        using var reference = LanguageModel.Load(TrainingRuns.Folder(vector.Text("model")), device: device);
        var rollouts = Rollouts(vector);
        using var trainer = Trainer(vector, policy, reference, rollouts, microBatch, checkpointing);
        var settings = Settings(vector, rollouts, microBatch);
        using var batch = RolloutMeasurement.Measure(
            TinyPolicies.TwoModels(policy, reference), trainer.ValueHead, rollouts, settings.Sampler, settings.Kl.Penalty == KlPenalty.Full,
            microBatch);
        var scores = VectorComparison.Doubles(vector.Tensor("scores", ScalarType.Float32));
        using var targets = PpoTargets.Compute(batch, scores, vector.Number("init_kl_coef"), settings);
        var expected = vector.Expected();
        CheckRollout(vector, rollouts, batch, targets);

        int[] inOrder = [.. Enumerable.Range(0, rollouts.Count)];
        int[][] orders = [.. Enumerable.Repeat(inOrder, settings.PpoEpochs)];
        var updates = trainer.Updates.Run(batch, targets, null, 0, orders, CancellationToken.None);
        updates.Should().HaveCount(expected.Keys.Count(name => name.EndsWith("/grad_norm", StringComparison.Ordinal)));
        for (var i = 0; i < updates.Count; i++)
        {
            foreach (var (peer, own) in Names)
            {
                var wanted = expected[Invariant($"minibatch_stats/{i}/{peer}")].Single();
                updates[i][own]
                    .Should().BeApproximately(wanted, Tolerance * Math.Max(1, Math.Abs(wanted)), Invariant($"{peer} of mini-batch {i}"));
            }
        }

        Close(trainer.ValueHead.Parameters()["v_head.summary.weight"], expected["final_value_head_weight"]);
        Close(trainer.ValueHead.Parameters()["v_head.summary.bias"], expected["final_value_head_bias"]);
        Close(policy.BaseParameters()[TrainingRuns.FinalNorm(policy.BaseParameters().Keys)], expected["final_norm_weight"]);
    }

    private static void CheckRollout(VectorCase vector, IReadOnlyList<Rollout> rollouts, RolloutBatch batch, PpoTargets targets)
    {
        var expected = vector.Expected();
        // Padding is 0: the entropies of the first mini-batch have the mean that the peer saw before its first update.
        var first = Math.Min((int)vector.Number("mini_batch_size"), rollouts.Count);
        var entropies = VectorComparison.Doubles(batch.Entropies.narrow(0, 0, first));
        (entropies.Sum() / rollouts.Take(first).Sum(rollout => rollout.Response.Count))
            .Should().BeApproximately(expected["minibatch_stats/0/policy/entropy"][0], Tolerance);
        var mask = expected["rollout/masks"];
        var starts = Starts(vector);
        foreach (var (name, tensor) in new (string, Tensor)[]
        {
            ("logprobs", batch.LogProbs), ("ref_logprobs", batch.ReferenceLogProbs), ("values", batch.Values!),
            ("rewards", targets.Rewards),
            ("non_score_rewards", targets.PenaltyRewards), ("advantages", targets.Advantages), ("returns", targets.Returns!),
        })
        {
            var (wanted, found) = (expected["rollout/" + name], VectorComparison.Doubles(tensor));
            var (time, columns, compared) = (mask.Length / rollouts.Count, (int)batch.Tokens.ResponseLength, 0);
            for (var row = 0; row < rollouts.Count; row++)
            {
                for (var t = 0; t < rollouts[row].Response.Count; t++)
                {
                    var place = (row * time) + starts[row] + rollouts[row].Prompt.Ids.Count - 1 + t;
                    mask[place].Should().Be(1);
                    found[(row * columns) + t]
                        .Should().BeApproximately(wanted[place], Tolerance, Invariant($"{name} of token {t} in row {row}"));
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
        var (time, starts) = (ids.Length / queries.Length, Starts(vector));
        return [.. queries.Select((query, row) =>
        {
            var own = ids[((row * time) + starts[row])..][..(query + responses[row])];
            return new Rollout(new RolloutPrompt(own[..query]), own[query..], Ended: true);
        })];
    }

    // Where each row begins behind its padding, which may stand on either side.
    private static int[] Starts(VectorCase vector)
    {
        using var scope = NewDisposeScope();
        var mask = vector.Tensor("attention_mask");
        var rows = VectorComparison.Doubles(mask).Chunk((int)mask.shape[1]).ToList();
        rows.Where(row => row[vector.Text("padding_side") == "left" ? ^1 : 0] != 1)
            .Should().BeEmpty("padding is on the side that the case names");
        return [.. rows.Select(row => Array.IndexOf(row, 1.0))];
    }

    private static PpoSettings Settings(VectorCase vector, IReadOnlyList<Rollout> rollouts, int? microBatch) => new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = rollouts.Max(rollout => rollout.Response.Count) },
        BatchSize = rollouts.Count,
        MiniBatchSize = (int)vector.Number("mini_batch_size"),
        MicroBatchSize = microBatch,
        PpoEpochs = (int)vector.Number("ppo_epochs"),
        Gamma = vector.Number("gamma"),
        Lambda = vector.Number("lam"),
        PolicyClip = vector.Number("cliprange"),
        ValueClip = vector.Number("cliprange_value"),
        ValueCoefficient = vector.Number("vf_coef"),
        RatioThreshold = vector.Number("ratio_threshold"),
        WhitenRewards = vector.Flag("whiten_rewards"),
        Kl = new KlSettings { Penalty = Penalty(vector), Coefficient = vector.Number("init_kl_coef"), Adaptive = false },
    };

    private static KlPenalty Penalty(VectorCase vector) => vector.Text("kl_penalty") switch
    {
        "kl" => KlPenalty.LogRatio,
        "abs" => KlPenalty.Absolute,
        "mse" => KlPenalty.HalfSquare,
        "full" => KlPenalty.Full,
        var other => throw new InvalidDataException($"{vector.Id}: the penalty {other} is not known."),
    };

    private static PpoTrainer Trainer(
        VectorCase vector, LanguageModel policy, LanguageModel reference, IReadOnlyList<Rollout> rollouts, int? microBatch,
        bool checkpointing)
    {
        var head = ValueHead.Create(policy.Config, 1, policy.Device);
        using (no_grad())
        {
            head.Parameters()["v_head.summary.weight"].copy_(vector.Tensor("value_head_weight", ScalarType.Float32));
            head.Parameters()["v_head.summary.bias"].copy_(vector.Tensor("value_head_bias", ScalarType.Float32));
            policy.BaseParameters()["lm_head.weight"]
                .add_(vector.Tensor("lm_head_delta_added_to_policy", ScalarType.Float32).to(policy.Device));
        }

        return new PpoTrainer(
            TinyPolicies.TwoModels(policy, reference),
            [.. rollouts.Select(rollout => rollout.Prompt)],
            new RuleReward(_ => 0),
            Settings(vector, rollouts, microBatch),
            TrainingRuns.Optimizer(vector),
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
