using Repro.Core.Tokenization;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>Training leaves no tensor behind, whether steps end well or not.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LeakTests
{
    private const int Vocabulary = 11;

    [LinuxFact]
    public void Two_thousand_steps_leave_tensors_and_memory_flat()
    {
        using var model = new TinyDecoder(Vocabulary, 8, 2, 1, 6);
        using var optimiser = optim.AdamW(model.parameters(), weight_decay: 0.01);
        using var ids = tensor(Enumerable.Range(0, 12).Select(i => (long)(i % Vocabulary)).ToArray(), [2, 6]);
        void Step()
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(ids).view(-1, Vocabulary), ids.view(-1));
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            optimiser.step();
        }

        for (var i = 0; i < 200; i++)
        {
            Step();
        }

        var (tensors, memory) = (LiveTensors.Count, InUse());
        for (var i = 0; i < 2_000; i++)
        {
            Step();
        }

        LiveTensors.Count.Should().Be(tensors);
        (InUse() - memory).Should().BeLessThan(8 << 20, "in use by native code");
        model.zero_grad();
    }

    [Fact]
    public void An_exception_within_a_step_leaves_nothing()
    {
        using var model = new TinyDecoder(Vocabulary, 8, 2, 1, 6);
        using var optimiser = optim.AdamW(model.parameters());
        using var ids = tensor(Enumerable.Range(0, 12).Select(i => (long)(i % Vocabulary)).ToArray(), [2, 6]);
        var tensors = LiveTensors.Count;
        for (var i = 0; i < 50; i++)
        {
            FluentActions.Invoking(() => optimiser.step(() =>
            {
                using var scope = NewDisposeScope();
                var logits = model.call(ids);
                return logits.view(7, 7);
            })).Should().Throw<System.Runtime.InteropServices.ExternalException>();
        }

        CurrentDisposeScope.Should().BeNull();
        is_grad_enabled().Should().BeTrue();
        LiveTensors.Count.Should().Be(tensors);
    }

    [LinuxFact]
    public void Memory_of_tensors_counts_and_managed_memory_does_not()
    {
        const int Size = 64 << 20, Rest = Size / 8;
        var start = InUse();
        var managed = new byte[Size];
        (InUse() - start).Should().BeInRange(-Rest, Rest);
        GC.KeepAlive(managed);
        using (var held = zeros(Size, dtype: ScalarType.Byte))
        {
            (InUse() - start).Should().BeInRange(Size - Rest, Size + Rest);
        }

        (InUse() - start).Should().BeInRange(-Rest, Rest);
    }

    private static long InUse()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return NativeHeap.InUse;
    }
}
