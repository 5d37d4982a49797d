using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Data;

/// <summary>How many rows are shuffled, and from what.</summary>
public sealed record Shuffle(int Count, int Seed, int Epoch) : Drawn;

/// <summary>Rows that are taken in batches.</summary>
public sealed record Epoch(int Rows, int Batch, int Number) : Drawn;

/// <summary>Rows of ids that are padded on one side, to a multiple of some length.</summary>
public sealed record PaddedRows(int[][] Rows, bool OnTheLeft, int Multiple) : Drawn;

/// <summary>Draws what is sampled and collated.</summary>
public static class SamplingInputs
{
    public static Arbitrary<Shuffle> Shuffles() => Draw.Of(
        from count in Gen.Choose(0, 300)
        from seed in Gen.Choose(int.MinValue, int.MaxValue)
        from epoch in Gen.Choose(0, 1000)
        select new Shuffle(count, seed, epoch),
        x => x.Count >= 0 && x.Epoch >= 0);

    public static Arbitrary<Epoch> Epochs() => Draw.Of(
        from rows in Gen.Choose(1, 100) from batch in Gen.Choose(1, 30) from epoch in Gen.Choose(0, 5) select new Epoch(rows, batch, epoch),
        x => x.Rows >= 1 && x.Batch >= 1);

    public static Arbitrary<PaddedRows> Padded() => Draw.Of(
        from rows in Gen.NonEmptyListOf(Gen.NonEmptyListOf(Gen.Choose(0, 9)))
        from left in Gen.Elements(true, false)
        from multiple in Gen.Choose(1, 8)
        select new PaddedRows([.. rows.Select(row => row.ToArray())], left, multiple),
        x => x.Rows.Length >= 1 && x.Rows.All(row => row.Length >= 1) && x.Multiple >= 1);
}

[Properties(Arbitrary = new[] { typeof(SamplingInputs) })]
public sealed class SamplingProperties
{
    [Property]
    public bool A_permutation_holds_every_index_once(Shuffle x) =>
        Permutation.Draw(x.Count, x.Seed, x.Epoch).Order().SequenceEqual(Enumerable.Range(0, x.Count));

    [Property]
    public bool A_permutation_is_a_function_of_seed_and_epoch(Shuffle x) =>
        Permutation.Draw(40, x.Seed, x.Epoch).SequenceEqual(Permutation.Draw(40, x.Seed, x.Epoch))
            && !Permutation.Draw(40, x.Seed, x.Epoch).SequenceEqual(Permutation.Draw(40, x.Seed, x.Epoch + 1))
            && !Permutation.Draw(40, x.Seed, x.Epoch).SequenceEqual(Permutation.Draw(40, x.Seed + 1L, x.Epoch));

    [Fact]
    public void All_orders_of_four_are_about_equally_frequent()
    {
        var counts = Enumerable.Range(0, 24_000).GroupBy(seed => string.Join(',', Permutation.Draw(4, seed)))
            .Select(group => group.Count()).ToList();
        counts.Should().HaveCount(24);
        // Chi-squared with 23 degrees of freedom stays below 60 but once in 30000 times.
        counts.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000).Should().BeLessThan(60);
    }

    [Property]
    public bool An_epoch_takes_every_row_once(Epoch x)
    {
        var order = new DataOrder(x.Rows, x.Batch, epoch => epoch);
        var seen = Enumerable.Range(0, order.StepsPerEpoch).SelectMany(step => order.Of(((long)x.Number * order.StepsPerEpoch) + step));
        return seen.Order().SequenceEqual(Enumerable.Range(0, x.Rows));
    }

    [Property]
    public void Padding_comes_off_again(PaddedRows x)
    {
        var rows = x.Rows;
        // Id 3 is padding and also a real token.
        var batch = PaddedBatch.Pad(rows, new PaddingSettings(3, x.OnTheLeft ? PaddingSide.Left : PaddingSide.Right, x.Multiple));
        batch.Unpad<long>(batch.Ids).Select(row => row.Select(id => (int)id))
            .Should().BeEquivalentTo(rows, options => options.WithStrictOrdering());
        batch.Unpad<int>(batch.Field(rows, -1)).Should().BeEquivalentTo(rows, options => options.WithStrictOrdering());
        batch.Mask.Count(real => real).Should().Be(rows.Sum(row => row.Length));
        batch.Ids.Where((_, i) => !batch.Mask[i]).All(id => id == 3).Should().BeTrue();
        (batch.Time % x.Multiple).Should().Be(0);
        (batch.Time - rows.Max(row => row.Length)).Should().BeInRange(0, x.Multiple - 1);
    }
}
