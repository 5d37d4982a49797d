using Repro.Core.Batching;

namespace Repro.Tests.Unit.Batching;

public sealed class LengthPartsTests
{
    [Fact]
    public void Equal_lengths_stay_together()
    {
        LengthParts.Split([100, 100, 100, 99], length => length, null).Should().ContainSingle().Which.Should().Equal(100, 100, 100, 99);
    }

    [Fact]
    public void The_cut_has_the_least_cost_of_all_cuts()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var lengths = Enumerable.Range(0, 7).Select(_ => random.Next(1, 300)).ToList();
            int? most = seed % 3 == 0 ? null : 1 + (seed % 4);
            var parts = LengthParts.Split(lengths, length => length, most);
            parts.SelectMany(part => part).Should().Equal(lengths.OrderDescending());
            parts.Should().OnlyContain(part => part.Count <= (most ?? 7));
            Cost(parts).Should().Be(All([.. lengths.OrderDescending()], most ?? 7).Min(Cost));
        }
    }

    private static long Cost(IEnumerable<IReadOnlyList<int>> parts) => parts.Sum(part => ((long)part.Count * part.Max()) + 32);

    private static IEnumerable<List<IReadOnlyList<int>>> All(List<int> sorted, int most) => sorted.Count == 0
        ? [[]]
        : Enumerable.Range(1, Math.Min(most, sorted.Count))
        .SelectMany(count => All(sorted[count..], most).Select(rest => new List<IReadOnlyList<int>>([sorted[..count], .. rest])));
}
