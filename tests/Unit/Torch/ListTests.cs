using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Torch;

/// <summary>Operators that take or give many tensors.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ListTests
{
    [Fact]
    public void LongListsAreCopiedToTheHeap()
    {
        var many = Enumerable.Range(0, 1000).Select(i => TorchSharp.torch.tensor((float)i)).ToArray();
        using (var joined = TorchSharp.torch.stack(many))
        {
            joined.sum().ShouldBe(499_500);
        }

        many.DisposeAll();
    }

    [Fact]
    public void ManyResultsAreAllReturned()
    {
        using var x = TorchSharp.torch.arange(100);
        var parts = x.unbind();
        parts.Should().HaveCount(100);
        parts.Select(part => part.item<long>()).Should().Equal(Enumerable.Range(0, 100).Select(i => (long)i));
        parts.DisposeAll();
    }
}
