using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Batching;

/// <summary>
/// Worked by hand: the texts 5 6 7 8 9 and 5 6 7 10 begin with 5 6 7. Without overlap their row is 5 6 7 8 9 10, the 10 at position 3 of
/// its own text. With an overlap of one token the 7 stands before the rest of each: 5 6 7 8 9 7 10, so that it predicts 8 and 10.
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SharedPrefixBatchTests
{
    private static readonly int[][] _texts = [[5, 6, 7, 8, 9], [5, 6, 7, 10]];

    [Fact]
    public void Texts_share_their_beginning()
    {
        using var scope = NewDisposeScope();

        var batch = Batch(_texts, overlap: 0);

        batch.Shared.Should().BeTrue();
        batch.Ids.data<long>().ToArray().Should().Equal(5, 6, 7, 8, 9, 10, 2, 2);
        batch.Positions!.narrow(1, 0, 6).contiguous().data<long>().ToArray().Should().Equal(0, 1, 2, 3, 4, 3);
        Seen(batch, 4).Should().Equal(0, 1, 2, 3, 4);
        Seen(batch, 5).Should().Equal(0, 1, 2, 5);
        Columns(batch, 1, 4).Should().Equal(0, 1, 2, 5);
    }

    [Fact]
    public void An_overlap_repeats_the_token_that_predicts()
    {
        using var scope = NewDisposeScope();

        var batch = Batch(_texts, overlap: 1);

        batch.Ids.data<long>().ToArray().Should().Equal(5, 6, 7, 8, 9, 7, 10, 2);
        batch.Positions!.narrow(1, 0, 7).contiguous().data<long>().ToArray().Should().Equal(0, 1, 2, 3, 4, 2, 3);
        Seen(batch, 3).Should().Equal(0, 1, 2, 3);
        Seen(batch, 6).Should().Equal(0, 1, 5, 6);
        // A common token is in its column once; only the token after the common beginning stands after the repeated one.
        Columns(batch, 1, 4).Should().Equal(0, 1, 2, 6);
        batch.Rows[0].Join([[1.0, 2, 3, 4, 5], [1.0, 2, 3, 6]]).Should().Equal(1, 2, 3, 4, 5, 3, 6);
    }

    [Fact]
    public void Padding_sees_some_token_although_no_beginning_is_shared()
    {
        using var scope = NewDisposeScope();

        // The long beginning of the first group pays; the texts of the second have nothing in common.
        var batch = Batch([[.. Enumerable.Range(3, 30), 5], [.. Enumerable.Range(3, 30), 6], [7, 8], [9]], overlap: 0);

        batch.Shared.Should().BeTrue();
        batch.Rows[1].Shared.Should().Be(0);
        batch.Mask.any(dim: 2).all().item<bool>().Should().BeTrue();
    }

    [Fact]
    public void Texts_stand_apart_where_sharing_saves_nothing_or_is_not_allowed()
    {
        using var scope = NewDisposeScope();

        Batch([[3, 4, 5], [6, 7, 8]], overlap: 0).Shared.Should().BeFalse();
        var batch = Batch(_texts, overlap: 1, share: false);

        batch.Ids.shape.Should().Equal(2, 8);
        batch.Mask.dim().Should().Be(2);
        batch.Positions.Should().BeNull();
        Columns(batch, 0, 5, row: 0).Should().Equal(0, 1, 2, 3, 4);
    }

    private static SharedPrefixBatch Batch(int[][] texts, int overlap, bool share = true) => new(
        texts,
        [.. Enumerable.Range(0, texts.Length).Chunk(2)],
        overlap,
        new PaddingSettings(2, PaddingSide.Right, 8),
        TinyModels.Config(ModelArchitecture.Llama),
        share,
        CPU);

    private static IEnumerable<int> Seen(SharedPrefixBatch batch, int query) =>
        batch.Mask[0, query].data<bool>().ToArray().Index().Where(entry => entry.Item).Select(entry => entry.Index);

    private static IEnumerable<int> Columns(SharedPrefixBatch batch, int text, int count, int row = 0) =>
        Enumerable.Range(0, count).Select(place => batch.Rows[row].Column(text, place));
}
