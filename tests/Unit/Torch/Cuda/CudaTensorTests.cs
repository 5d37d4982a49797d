using System.Runtime.InteropServices;
using Repro.Core.Hardware;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Cuda;

/// <summary>Tensors on a CUDA device: making, moving, reading, keeping, and the device's own functions.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CudaTensorTests
{
    [CudaFact]
    public void TheDeviceIsThere()
    {
        cuda.device_count().Should().BePositive();
        cuda.is_cudnn_available().Should().BeTrue();
        cuda.synchronize();
        cuda.synchronize(new Device("cuda:0"));
        InitializeDevice(CUDA).type.Should().Be(DeviceType.CUDA);
        FluentActions.Invoking(() => zeros(1, device: new Device(DeviceType.CUDA, 77))).Should().Throw<ExternalException>();
    }

    [CudaFact]
    public void FactoriesMakeTensorsWhereTheyAreAsked()
    {
        using var scope = NewDisposeScope();
        var made = new[]
        {
            zeros(2, device: CUDA), ones([2L, 2], device: CUDA), full([3], 2.5, device: CUDA), empty(4, device: CUDA), arange(5, device: CUDA), linspace(0, 1, 3, device: CUDA),
            eye(2, device: CUDA), rand(3, device: CUDA), randn([2L], device: CUDA), randint(0, 4, [3L], device: CUDA), randperm(4, device: CUDA), tensor(3, device: CUDA),
            tensor(new[] { 1f, 2f }, device: CUDA), tensor(new long[,] { { 1, 2 } }, device: CUDA), from_array(new[] { 1.0 }, device: CUDA), normal(0, 1, [3], device: CUDA),
        };
        made.Should().OnlyContain(made => made.is_cuda && made.device_index == 0);
        made.Select(x => x.new_zeros([2L])).Concat(made.Select(x => x.zeros_like())).Concat(made.Select(x => x.clone())).Should().OnlyContain(made => made.is_cuda);
        zeros(1).is_cuda.Should().BeFalse();
    }

    [CudaFact]
    public void ValuesSurviveTheWayThereAndBack()
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Int64, ScalarType.Int32, ScalarType.Bool })
        {
            var here = tensor(new[] { 0.0, 1, -3, 7 }).to_type(type);
            var there = here.cuda();
            there.Equals(here.to(new Device("cuda:0"))).Should().BeTrue();
            there.cpu().Equals(here).Should().BeTrue();
            there[2].ToScalar().ToDouble().Should().Be(type == ScalarType.Bool ? 1 : -3);
            there.Invoking(x => x.bytes.Length).Should().Throw<InvalidOperationException>().WithMessage("*cuda:0*cpu()*");
        }

        var transposed = randn(3, 4).t();
        transposed.cuda().cpu().Equals(transposed).Should().BeTrue();
        tensor(new[] { 1.5f, 2 }, device: CUDA).ToString(TorchSharp.TensorStringStyle.Numpy).Should().Be("[1.5, 2]");
    }

    [CudaFact]
    public void OperandsOnTwoDevicesAreRefused()
    {
        using var scope = NewDisposeScope();
        var (here, there) = (ones(3), ones(3, device: CUDA));
        FluentActions.Invoking(() => here + there).Should().Throw<ExternalException>().WithMessage("*same device*");
        (there + tensor(2f)).is_cuda.Should().BeTrue("a tensor without dimensions may stand anywhere");
    }

    [CudaFact]
    public void FilesHoldNoDevice()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "x.dat");
        var x = randn([3L, 4L], device: CUDA);
        x.save(path);
        var read = Tensor.load(path);
        read.is_cuda.Should().BeFalse();
        read.Equals(x.cpu()).Should().BeTrue();
    }

    [CudaFact]
    public void MemoryIsGivenBackWithTheTensor()
    {
        const long Size = 8 << 20;
        zeros(1, device: CUDA).Dispose();
        cuda.synchronize();
        var before = DeviceMemory.Of(CUDA)!;
        using (zeros([Size], device: CUDA))
        {
            DeviceMemory.Of(CUDA)!.Allocated.Should().Be(before.Allocated + (4 * Size));
        }

        var after = DeviceMemory.Of(CUDA)!;
        after.Allocated.Should().Be(before.Allocated);
        after.PeakAllocated.Should().BeGreaterThanOrEqualTo(before.Allocated + (4 * Size));
        after.Reserved.Should().BeGreaterThanOrEqualTo(4 * Size, "freed blocks are kept");
        DeviceMemory.Release(CUDA).Should().BeTrue();
        DeviceMemory.Of(CUDA)!.Reserved.Should().BeLessThan(after.Reserved);
        DeviceMemory.ResetPeak(CUDA).Should().BeTrue();
        DeviceMemory.Of(CUDA)!.PeakAllocated.Should().Be(before.Allocated);
    }

    [Fact]
    public void TheCpuHasNoFigures()
    {
        DeviceMemory.Of(CPU).Should().BeNull();
        DeviceMemory.ResetPeak(CPU).Should().BeFalse();
    }

    [CudaFact]
    public void AGarbageCollectionFreesWhatNobodyDisposed()
    {
        var room = DeviceMemory.Of(CUDA)!.Allocated;
        for (var i = 0; i < 400; i++)
        {
            _ = empty([16L << 20], device: CUDA);
        }

        (DeviceMemory.Of(CUDA)!.PeakAllocated - room).Should().BeLessThan(4L << 30, "25 GB were asked for");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        DeviceMemory.Of(CUDA)!.Allocated.Should().Be(room);
    }
}
