using System.Reflection;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>A batch of PPO keeps each of its tensors, and only those, when parts are joined or every tensor is changed.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PpoBatchTests
{
    private static readonly PropertyInfo[] _tensors =
        [.. typeof(PpoBatch).GetProperties().Where(property => property.PropertyType == typeof(Tensor))];

    [Fact]
    public void Joining_puts_every_tensor_side_by_side_in_the_order_of_the_parts()
    {
        using var scope = NewDisposeScope();

        var joined = PpoBatch.Joined([Whole(1), Whole(2)]);

        foreach (var (property, index) in _tensors.Select((property, index) => (property, index)))
        {
            Values(property, joined).Should().Equal([1 + (index * 10), 2 + (index * 10)], property.Name);
        }
    }

    [Fact]
    public void Joining_leaves_out_what_no_part_has()
    {
        using var scope = NewDisposeScope();

        var joined = PpoBatch.Joined([Bare(1), Bare(2)]);

        Values(typeof(PpoBatch).GetProperty(nameof(PpoBatch.LogProbs))!, joined).Should().Equal(1, 2);
        Optional(joined).Should().AllSatisfy(tensor => tensor.Should().BeNull());
    }

    [Fact]
    public void A_single_part_is_joined_to_itself()
    {
        using var scope = NewDisposeScope();
        var part = Whole(1);

        PpoBatch.Joined([part]).Should().BeSameAs(part);
    }

    [Fact]
    public void Changing_reaches_every_tensor()
    {
        using var scope = NewDisposeScope();

        var changed = Whole(1).Each(tensor => tensor + 0.5);

        foreach (var (property, index) in _tensors.Select((property, index) => (property, index)))
        {
            Values(property, changed).Should().Equal([1.5 + (index * 10)], property.Name);
        }

        Optional(Bare(1).Each(tensor => tensor + 0.5)).Should().AllSatisfy(tensor => tensor.Should().BeNull());
    }

    private static IEnumerable<object?> Optional(PpoBatch batch) => new object?[]
    {
        batch.Values, batch.OldValues, batch.Returns, batch.AdaptiveMask, batch.ReferenceLogProbs, batch.Weights,
    };

    private static double[] Values(PropertyInfo property, PpoBatch batch) =>
        [.. ((Tensor)property.GetValue(batch)!).data<double>()];

    private static PpoBatch Bare(double value) => new()
    {
        LogProbs = Number(value),
        OldLogProbs = Number(value),
        Advantages = Number(value),
        Mask = Number(value),
    };

    // The tensor at place i holds value + 10 i, so that none can stand for another.
    private static PpoBatch Whole(double value)
    {
        var batch = Bare(value);
        foreach (var (property, index) in _tensors.Select((property, index) => (property, index)))
        {
            property.SetValue(batch, Number(value + (index * 10)));
        }

        return batch;
    }

    private static Tensor Number(double value) => tensor(new[,] { { value } }, ScalarType.Float64);
}
