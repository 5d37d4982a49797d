using FsCheck.Fluent;
using Repro.Core.Data.Collation;
using Repro.Core.Data.Sampling;

namespace Repro.Tests.Property.Data;

public sealed class SamplingProperties
{
    [Fact]
    public void A_permutation_holds_every_index_once() => Check.That(
        "a permutation is a bijection",
        from count in Gen.Choose(0, 300) from seed in Gen.Choose(int.MinValue, int.MaxValue) from epoch in Gen.Choose(0, 50) select (count, seed, epoch),
        x => Permutation.Of(x.count, x.seed, x.epoch).Order().SequenceEqual(Enumerable.Range(0, x.count)));

    [Fact]
    public void A_permutation_is_a_function_of_seed_and_epoch() => Check.That(
        "a permutation is determined by its seed and epoch",
        from seed in Gen.Choose(int.MinValue, int.MaxValue) from epoch in Gen.Choose(0, 1000) select (seed, epoch),
        x => Permutation.Of(40, x.seed, x.epoch).SequenceEqual(Permutation.Of(40, x.seed, x.epoch))
            && !Permutation.Of(40, x.seed, x.epoch).SequenceEqual(Permutation.Of(40, x.seed, x.epoch + 1))
            && !Permutation.Of(40, x.seed, x.epoch).SequenceEqual(Permutation.Of(40, x.seed + 1L, x.epoch)));

    [Fact]
    public void All_orders_of_four_are_about_equally_frequent()
    {
        var counts = Enumerable.Range(0, 24_000).GroupBy(seed => string.Join(',', Permutation.Of(4, seed))).Select(group => group.Count()).ToList();
        counts.Should().HaveCount(24);
        // Chi-squared with 23 degrees of freedom stays below 60 but once in 30000 times.
        counts.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000).Should().BeLessThan(60);
    }

    [Fact]
    public void An_epoch_takes_every_row_once() => Check.That(
        "steps of an epoch are disjoint and cover it",
        from rows in Gen.Choose(1, 100) from batch in Gen.Choose(1, 30) from epoch in Gen.Choose(0, 5) select (rows, batch, epoch),
        x =>
        {
            var order = new DataOrder(x.rows, x.batch, epoch => epoch);
            var seen = Enumerable.Range(0, order.StepsPerEpoch).SelectMany(step => order.Of(((long)x.epoch * order.StepsPerEpoch) + step));
            return seen.Order().SequenceEqual(Enumerable.Range(0, x.rows));
        });

    [Fact]
    public void Padding_comes_off_again() => Check.That(
        "collation round-trips",
        from rows in Gen.NonEmptyListOf(Gen.NonEmptyListOf(Gen.Choose(0, 9))) from left in Gen.Elements(true, false) from multiple in Gen.Choose(1, 8) select (rows, left, multiple),
        x =>
        {
            var rows = x.rows.Select(row => row.ToArray()).ToArray();
            // Id 3 is padding and also a real token.
            var batch = PaddedBatch.Of(rows, new PaddingSettings(3, x.left ? PaddingSide.Left : PaddingSide.Right, x.multiple));
            batch.Unpad<long>(batch.Ids).Select(row => row.Select(id => (int)id)).Should().BeEquivalentTo(rows, options => options.WithStrictOrdering());
            batch.Unpad<int>(batch.Field(rows, -1)).Should().BeEquivalentTo(rows, options => options.WithStrictOrdering());
            batch.Mask.Count(real => real).Should().Be(rows.Sum(row => row.Length));
            batch.Ids.Where((_, i) => !batch.Mask[i]).All(id => id == 3).Should().BeTrue();
            (batch.Time % x.multiple).Should().Be(0);
            (batch.Time - rows.Max(row => row.Length)).Should().BeInRange(0, x.multiple - 1);
        });
}
