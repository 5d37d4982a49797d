using Repro.Core.Randomness;

namespace Repro.Tests.Unit.Randomness;

/// <summary>Numbers of <c>random.Random(seed)</c> of CPython 3 for seeds that are texts and numbers.</summary>
public sealed class PythonRandomTests
{
    [Theory]
    [InlineData("", 0.9602256525641875, 0.595411957851699, 0.3395318316109821, 6)]
    [InlineData("a", 0.2720295377534757, 0.06733663088629693, 0.7032541528327653, 1)]
    [InlineData("is_switched_outputsWhat is 2 + 2?0", 0.32066743716884194, 0.03760642047643459, 0.5323087205899069, 2)]
    [InlineData("é😀", 0.048502976786132135, 0.8569399325503715, 0.048696540109985476, 0)]
    [InlineData("\0", 0.761237843064138, 0.450833543996808, 0.7172293122522356, 5)]
    public void Numbers_are_those_of_Python(string seed, double first, double second, double at700, int choiceOf7)
    {
        var random = new PythonRandom(seed);
        double[] numbers = [.. Enumerable.Range(0, 700).Select(_ => random.NextDouble())];
        (numbers[0], numbers[1], numbers[699]).Should().Be((first, second, at700));
        new PythonRandom(seed).Choice(7).Should().Be(choiceOf7);
    }

    [Theory]
    [InlineData(0L, 0.8444218515250481, "1 10 9 5 11 2 3 7 8 4 0 6", "1033 285 577 286 194", "19 8 17 4 9 1 11")]
    [InlineData(1L, 0.13436424411240122, "2 10 0 9 6 5 3 8 7 11 4 1", "58 798 886 1244 4", "14 8 7 3 10 0 19")]
    [InlineData(42L, 0.6394267984578837, "8 1 7 6 10 11 5 2 9 3 4 0", "65 61 191 447 476", "16 0 17 6 13 3 7")]
    [InlineData(1234L, 0.9664535356921388, "2 3 8 4 11 6 5 9 10 0 1 7", "35 63 32 708 1276", "15 14 4 2 5 11 1")]
    [InlineData(-42L, 0.6394267984578837, "8 1 7 6 10 11 5 2 9 3 4 0", "65 61 191 447 476", "16 0 17 6 13 3 7")]
    [InlineData(1099511627783L, 0.6137037779936511, "0 5 1 11 6 3 8 2 4 7 9 10", "920 762 461 910 1217", "5 4 16 19 1 18 15")]
    public void Draws_of_a_number_as_seed_are_those_of_Python(long seed, double first, string shuffled, string fiveOf1319, string sevenOf20)
    {
        var random = new PythonRandom(seed);
        random.NextDouble().Should().Be(first);
        var list = Enumerable.Range(0, 12).ToList();
        random.Shuffle(list);
        string.Join(' ', list).Should().Be(shuffled);
        string.Join(' ', random.Sample([.. Enumerable.Range(0, 1319)], 5)).Should().Be(fiveOf1319);
        string.Join(' ', random.Sample([.. Enumerable.Range(0, 20)], 7)).Should().Be(sevenOf20);
    }

    [Fact]
    public void A_population_of_none_is_refused() => new PythonRandom("a").Invoking(r => r.Choice(0))
        .Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => FluentActions.Invoking(() => new PythonRandom("\ud800"))
        .Should().Throw<ArgumentException>();
}
