using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Cuda;

/// <summary>Random numbers of a CUDA device: seeds, states, generators.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CudaRandomTests
{
    [CudaFact]
    public void TheSameSeedGivesTheSameNumbers()
    {
        manual_seed(42).Dispose();
        var first = randn(5, device: CUDA).Values();
        manual_seed(42).Dispose();
        randn(5, device: CUDA).Values().Should().Equal(first);
        randn(5, device: CUDA).Values().Should().NotEqual(first);
        foreach (var seeding in new Action[] { () => cuda.manual_seed(42), () => cuda.manual_seed_all(42) })
        {
            seeding();
            randn(5, device: CUDA).Values().Should().Equal(first);
        }
    }

    [CudaFact]
    public void SeedingTheDeviceLeavesTheCpuAlone()
    {
        manual_seed(1).Dispose();
        var undisturbed = randn(3).Values();
        manual_seed(1).Dispose();
        cuda.manual_seed(9);
        randn(4, device: CUDA).Dispose();
        randn(3).Values().Should().Equal(undisturbed);
    }

    [CudaFact]
    public void AGeneratorHasItsOwnSequenceAndState()
    {
        using var generator = new Generator(3, CUDA);
        var first = randn(5, generator: generator).Values();
        randn(5, generator: generator).Values().Should().NotEqual(first);
        generator.manual_seed(3);
        generator.initial_seed().Should().Be(3);
        randn(5, generator: generator).Values().Should().Equal(first);
        using var state = generator.get_state();
        var next = rand(4, generator: generator).Values();
        using var other = new Generator(99, CUDA);
        other.set_state(state);
        using (var drawn = rand(4, generator: other))
        {
            drawn.is_cuda.Should().BeTrue();
            drawn.clone().Values().Should().Equal(next);
        }

        using var filled = empty([2L, 3L], dtype: ScalarType.BFloat16, device: CUDA);
        generator.manual_seed(4);
        filled.normal_(0, 0.02, generator);
        filled.clone().Values().Should().Contain(x => x != 0).And.OnlyContain(x => Math.Abs(x) < 0.2);
    }

    [CudaFact]
    public void DropoutRepeatsWithTheSeed()
    {
        using var x = ones(1000, device: CUDA);
        double[] Dropped(long seed)
        {
            manual_seed(seed).Dispose();
            return nn.functional.dropout(x, 0.25).Values();
        }

        var first = Dropped(5);
        first.Count(value => value == 0).Should().BeInRange(180, 320);
        Dropped(5).Should().Equal(first);
        Dropped(6).Should().NotEqual(first);
    }

    [CudaFact]
    public void SamplesKeepTheirRanges()
    {
        rand(1000, device: CUDA).Values().Should().OnlyContain(x => x >= 0 && x < 1);
        randint(3, 6, [1000L], device: CUDA).Values().Distinct().Should().BeEquivalentTo([3.0, 4.0, 5.0]);
        randperm(5, device: CUDA).Values().Should().BeEquivalentTo([0.0, 1.0, 2.0, 3.0, 4.0]);
        using var weights = tensor(new[] { 0f, 1f, 0f }, device: CUDA);
        weights.multinomial(3, replacement: true).ShouldBe(1, 1, 1);
    }
}
