using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RandomTests
{
    [Fact]
    public void TheSameSeedGivesTheSameNumbers()
    {
        manual_seed(42).Dispose();
        var first = randn(5).Values();
        manual_seed(42).Dispose();
        randn(5).Values().Should().Equal(first);
        randn(5).Values().Should().NotEqual(first);
        initial_seed().Should().Be(42);
    }

    [Fact]
    public void TheNumbersOfASeedAreThoseOfPython()
    {
        // Python, LibTorch 1.13.1: torch.manual_seed(1); torch.randn(3)
        manual_seed(1).Dispose();
        randn(3).ShouldBe(0.6613521575927734, 0.2669240236282349, 0.06167725846171379);
    }

    [Fact]
    public void AStateContinuesWhereItWasRead()
    {
        manual_seed(7).Dispose();
        using var state = get_rng_state();
        var next = rand(4).Values();
        set_rng_state(state);
        rand(4).Values().Should().Equal(next);
    }

    [Fact]
    public void AGeneratorIsIndependentOfTheDefaultOne()
    {
        using var generator = new Generator(3);
        manual_seed(1).Dispose();
        var undisturbed = randn(3).Values();
        manual_seed(1).Dispose();
        var own = rand(4, generator: generator).Values();
        randn(3).Values().Should().Equal(undisturbed);

        generator.manual_seed(3);
        generator.initial_seed().Should().Be(3);
        rand(4, generator: generator).Values().Should().Equal(own);
        using var state = generator.get_state();
        var next = randint(0, 100, [5L], generator: generator).Values();
        using var other = new Generator(99);
        other.set_state(state);
        randint(0, 100, [5L], generator: other).Values().Should().Equal(next);
    }

    [Fact]
    public void EverySamplerTakesAGenerator()
    {
        using var generator = new Generator(3);
        Repeats(generator, g => randn(4, generator: g));
        Repeats(generator, g => randperm(10, generator: g));
        Repeats(generator, g => zeros(4).AndDispose(x => x.normal_(1, 2, g).clone()));
        Repeats(generator, g => zeros(4).AndDispose(x => x.uniform_(1, 2, g).clone()));
        Repeats(generator, g => full(4, 0.5f).AndDispose(x => x.bernoulli(g)));
        Repeats(generator, g => ones(4).AndDispose(x => x.multinomial(2, generator: g)));
        Repeats(generator, g => zeros(4).AndDispose(x => x.exponential_(1, g).clone()));
        Repeats(generator, g => normal(0, 1, [4], generator: g));
    }

    [Fact]
    public void SamplesKeepTheirRanges()
    {
        manual_seed(5).Dispose();
        rand(1000).Values().Should().OnlyContain(x => x >= 0 && x < 1);
        randint(3, 6, [1000L]).Values().Distinct().Should().BeEquivalentTo([3.0, 4.0, 5.0]);
        randperm(5).Values().Should().BeEquivalentTo([0.0, 1.0, 2.0, 3.0, 4.0]);
        using var weights = tensor(new[] { 0f, 1f, 0f });
        weights.multinomial(3, replacement: true).ShouldBe(1, 1, 1);
        randn(10_000).AndDispose(x => x.std()).ToSingleAndDispose().Should().BeApproximately(1, 0.05f);
        randint_int(1, 2).Should().Be(1);
        rand_float().Should().BeInRange(0, 1);
    }

    [Fact]
    public void ADisposedGeneratorCannotBeUsed()
    {
        var generator = new Generator(1);
        generator.Dispose();
        generator.Dispose();
        generator.Invoking(g => g.initial_seed()).Should().Throw<InvalidOperationException>().WithMessage("*disposed*");
    }

    private static void Repeats(Generator generator, Func<Generator, Tensor> draw)
    {
        generator.manual_seed(11);
        var first = draw(generator).Values();
        generator.manual_seed(11);
        draw(generator).Values().Should().Equal(first);
        draw(generator).Values().Length.Should().Be(first.Length);
    }
}
