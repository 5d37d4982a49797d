using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class TensorLifetimeTests
{
    [Fact]
    public void Ten_thousand_adds_leave_the_counter_flat()
    {
        using var left = ones(64, 64);
        using var right = ones(64, 64);
        left.add(right).Dispose();
        var tensors = LiveTensors.Count;

        for (var i = 0; i < 10_000; i++)
        {
            left.add(right).Dispose();
        }

        LiveTensors.Count.Should().Be(tensors);
    }

    [Fact]
    public void A_scope_disposes_what_was_made_inside()
    {
        Tensor inside;
        using (var scope = NewDisposeScope())
        {
            inside = ones(3) + ones(3);
            scope.DisposablesCount.Should().Be(3);
            scope.Contains(inside).Should().BeTrue();
        }

        inside.IsInvalid.Should().BeTrue();
        CurrentDisposeScope.Should().BeNull();
    }

    [Fact]
    public void An_exception_inside_a_scope_leaves_nothing()
    {
        var before = LiveTensors.Count;
        var act = () =>
        {
            using var scope = NewDisposeScope();
            var made = ones(3, 4);
            made.mm(ones(3, 4));
        };

        act.Should().Throw<ExternalException>();
        LiveTensors.Count.Should().Be(before);
        CurrentDisposeScope.Should().BeNull();
    }

    [Fact]
    public void A_tensor_moves_to_the_outer_scope()
    {
        using var outer = NewDisposeScope();
        Tensor moved;
        using (var inner = NewDisposeScope())
        {
            moved = ones(2).MoveToOuterDisposeScope();
            inner.Contains(moved).Should().BeFalse();
        }

        moved.IsInvalid.Should().BeFalse();
        outer.Contains(moved).Should().BeTrue();
    }

    [Fact]
    public void A_detached_tensor_outlives_all_scopes()
    {
        Tensor detached;
        using (NewDisposeScope())
        {
            using var inner = NewDisposeScope();
            detached = inner.Detach(ones(2));
        }

        detached.IsInvalid.Should().BeFalse();
        detached.Dispose();
    }

    [Fact]
    public void Dispose_everything_but_keeps_what_it_is_given()
    {
        using var scope = NewDisposeScope();
        var kept = ones(2);
        var dropped = ones(2);
        scope.DisposeEverythingBut(kept).Should().BeSameAs(kept);
        kept.IsInvalid.Should().BeFalse();
        dropped.IsInvalid.Should().BeTrue();
        scope.DisposablesCount.Should().Be(1);
    }

    [Fact]
    public void Statistics_tell_inside_from_outside()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        using (var outside = ones(1))
        {
            using var scope = NewDisposeScope();
            _ = outside + 1;
            _ = outside + 2;
            scope.Detach(outside + 3).Dispose();
        }

        statistics.CreatedOutsideScopeCount.Should().Be(1);
        statistics.CreatedInScopeCount.Should().Be(3);
        statistics.DetachedFromScopeCount.Should().Be(1);
        statistics.DisposedInScopeCount.Should().Be(2);
        statistics.DisposedOutsideScopeCount.Should().Be(2);
        statistics.ThreadTotalLiveCount.Should().Be(0);
    }

    [Fact]
    public void A_wrapped_scope_leaves_only_its_result()
    {
        var before = LiveTensors.Count;
        using var result = WrappedTensorDisposeScope(() => ones(2) + ones(2));
        LiveTensors.Count.Should().Be(before + 1);
        result.data<float>()[0].Should().Be(2);
    }
}
