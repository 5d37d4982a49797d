using Repro.Core.Hardware;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Unit.Torch.NN;
using Repro.Tests.Unit.Torch.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Cuda;

/// <summary>Modules and optimisers on a CUDA device.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CudaTrainingTests
{
    private const int Vocabulary = 11;

    public static TheoryData<string> Optimisers => TrainingAgainstPythonTests.Cases;

    [CudaTheory]
    [MemberData(nameof(Optimisers))]
    public void EveryOptimiserTrainsAsOnTheCpu(string name)
    {
        using var scope = NewDisposeScope();
        var (expected, weights) = Train(name, CPU);
        var (found, moved) = Train(name, CUDA);
        TorchFixture.ShouldAgree(found, expected, "loss and gradient norm of step", TorchFixture.ToleranceElsewhere(name));
        TorchFixture.ShouldAgree(moved, weights, "parameter", TorchFixture.ToleranceElsewhere(name));
        expected[0].Should().NotBe(expected[^2], "the comparison must be able to fail");
    }

    [CudaFact]
    public void AModuleMovesWithItsStateAndComesBack()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = new TinyDecoder(Vocabulary, 8, 2, 1, 6);
        TorchFixture.Fill(model);
        var ids = Ids();
        var expected = model.call(ids).detach();
        var path = Path.Combine(folder.Path, "model.dat");
        model.to(CUDA);
        model.parameters().Should().OnlyContain(parameter => parameter.is_cuda && parameter.requires_grad);
        Distance(model.call(ids.cuda()).cpu(), expected).Should().BeLessThan(1e-5);
        model.save(path);
        using var other = new TinyDecoder(Vocabulary, 8, 2, 1, 6);
        other.to(CUDA);
        other.load(path);
        other.call(ids.cuda()).Equals(model.call(ids.cuda())).Should().BeTrue();
        model.cpu();
        model.call(ids).Equals(expected).Should().BeTrue();
        model.to(CUDA, ScalarType.BFloat16);
        var half = model.call(ids.cuda());
        half.dtype.Should().Be(ScalarType.BFloat16);
        Distance(half.cpu().to(ScalarType.Float32), expected).Should().BeInRange(1e-6, 0.2);
    }

    [CudaFact]
    public void FiveHundredStepsLeaveTensorsAndMemoryFlat()
    {
        using var model = new TinyDecoder(Vocabulary, 8, 2, 1, 6);
        model.to(CUDA);
        using var optimiser = optim.AdamW(model.parameters(), weight_decay: 0.01);
        using var ids = Ids().AndDispose(x => x.cuda());
        void Step()
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(ids).view(-1, Vocabulary), ids.view(-1));
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            optimiser.step();
        }

        Step();
        var tensors = LiveTensors.Count;
        for (var i = 0; i < 500; i++)
        {
            Step();
        }

        LiveTensors.Count.Should().Be(tensors);
        model.zero_grad();
    }

    [CudaFact]
    public void TheStateOfAnOptimiserGoesOnFromItsFile()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "optimiser.dat");
        using var model = new TinyDecoder(Vocabulary, 8, 2, 1, 6).to(CUDA);
        using var other = new TinyDecoder(Vocabulary, 8, 2, 1, 6).to(CUDA);
        using var optimiser = optim.AdamW(model.parameters(), lr: 0.01);
        Advance(model, optimiser);
        other.load_state_dict(model.state_dict());
        using var resumed = optim.AdamW(other.parameters(), lr: 0.01);
        optimiser.save_state_dict(path);
        resumed.load_state_dict(path);
        Advance(model, optimiser);
        Advance(other, resumed);
        other.parameters().Zip(model.parameters()).Should().OnlyContain(pair => pair.First.Equals(pair.Second));
    }

    private static void Advance(TinyDecoder model, TorchSharp.Modules.OptimizerHelper optimiser)
    {
        using var ids = Ids().AndDispose(x => x.cuda());
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            nn.functional.cross_entropy(model.call(ids).view(-1, Vocabulary), ids.view(-1)).backward();
            optimiser.step();
        }
    }

    // Losses and norms of twenty steps in turn, and all parameters after them.
    private static (double[] Reports, double[] Weights) Train(string name, Device device)
    {
        using var model = new TinyDecoder(Vocabulary, 8, 2, 2, 6);
        TorchFixture.Fill(model);
        model.to(device);
        using var optimiser = TrainingAgainstPythonTests.Make(name, model.parameters());
        var ids = Ids().to(device);
        var reports = new List<double>();
        for (var step = 0; step < 20; step++)
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(ids).view(-1, Vocabulary), ids.view(-1));
            loss.backward();
            reports.Add(loss.item<float>());
            reports.Add(nn.utils.clip_grad_norm_(model.parameters(), 1));
            optimiser.step();
        }

        var weights = model.parameters().SelectMany(parameter => TorchFixture.Numbers(parameter)).ToArray();
        return ([.. reports], weights);
    }

    private static Tensor Ids() => tensor(Enumerable.Range(0, 12).Select(i => (long)(i * 7 % Vocabulary)).ToArray(), [2, 6]);

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
