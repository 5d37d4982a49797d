using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ProcessTests
{
    [Fact]
    public void TheThreadCountIsSetAndRead()
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            get_num_threads().Should().Be(1);
            set_num_threads(2);
            get_num_threads().Should().Be(2);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void AThreadCountBelowOneIsAnError()
    {
        Action act = () => set_num_threads(0);
        act.Should().Throw<ExternalException>().WithMessage("*positive*");
    }

    [Fact]
    public void ManyThreadsWorkAtOnceAndErrorsStayApart()
    {
        var before = Tensor.TotalCount;
        using var x = ones(8, 8);
        using var wrong = ones(3);
        var failures = 0;
        var work = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            using var scope = NewDisposeScope();
            for (var i = 0; i < 500; i++)
            {
                using var inner = NewDisposeScope();
                if (x.mm(x).sum().item<float>() != 512)
                {
                    Interlocked.Increment(ref failures);
                }

                try
                {
                    x.add(wrong);
                    Interlocked.Increment(ref failures);
                }
                catch (ExternalException exception) when (exception.Message.Contains("tensor b (3)", StringComparison.Ordinal))
                {
                    // Expected: every thread sees the text of its own error.
                }
            }
        })).ToArray();
        Array.ForEach(work, thread => thread.Start());
        Array.ForEach(work, thread => thread.Join());
        failures.Should().Be(0);
        Tensor.TotalCount.Should().Be(before + 2);
    }

    [Fact]
    public void GradModeBelongsToItsThread()
    {
        using var mode = no_grad();
        var elsewhere = false;
        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();
        elsewhere.Should().BeTrue();
        is_grad_enabled().Should().BeFalse();
    }

    [Fact]
    public void TheVersionIsKnown() => Version.Parse(__version__.Split('+', 'a')[0]).Should().BeGreaterThanOrEqualTo(new Version(1, 13));
}
