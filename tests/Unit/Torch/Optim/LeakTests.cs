using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch.NN;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Optim;

/// <summary>Training leaves no tensor behind, whether steps end well or not.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LeakTests
{
    private const int Vocabulary = 11;

    [Fact]
    public void TwoThousandStepsLeaveTensorsAndMemoryFlat()
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

        var (tensors, memory) = (LiveTensors.Count, Resident());
        for (var i = 0; i < 2_000; i++)
        {
            Step();
        }

        LiveTensors.Count.Should().Be(tensors);
        (Resident() - memory).Should().BeLessThan(16 << 20, "of resident memory outside the managed heap");
        model.zero_grad();
    }

    [Fact]
    public void AnExceptionWithinAStepLeavesNothing()
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

    // The managed heap is left out: how far it grows before it is collected depends on the processor's cache.
    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmRSS", StringComparison.Ordinal));
        return (long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024) - GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
    }
}
