using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Repro.Core.Hardware;
using Repro.Tests.Unit.Torch;
using TorchSharp.Interop;

namespace Repro.Tests.Unit.Compat.Engine;

/// <summary>Matrix products use the instructions that the processor has, whether OpenBLAS knows its model or not, and as many threads as everything else.</summary>
[Collection(TensorCollection.Name)]
public sealed partial class OpenBlasKernelsTests
{
    private const string Library = "libopenblas.so.0";

    [Theory]
    [InlineData("GenuineIntel", true, true, "SKYLAKEX")]
    [InlineData("GenuineIntel", false, true, "HASWELL")]
    [InlineData("GenuineIntel", false, false, null)]
    [InlineData("AuthenticAMD", true, true, null)]
    [InlineData("", false, false, null)]
    public void TheCoreIsThatOfTheInstructions(string vendor, bool avx512, bool avx2, string? core) => OpenBlasKernels.Core(vendor, avx512, avx2).Should().Be(core);

    [Fact]
    public void TheKernelsInUseAreNotThoseOfAnOlderProcessor()
    {
        TorchSharp.torch.ones(2, 2).Dispose();
        if (!Avx2.IsSupported || !NativeLibrary.TryLoad(Library, out var handle))
        {
            // Another processor, or another library of linear algebra: nothing to choose.
            return;
        }

        NativeLibrary.TryGetExport(handle, "openblas_get_corename", out _).Should().BeTrue();
        var core = Marshal.PtrToStringUTF8(CoreName())!;
        new[] { "Prescott", "Core2", "Penryn", "Dunnington", "Atom", "Nehalem", "Generic", "Katmai", "Banias" }.Should().NotContain(core);
        OpenBlas.Kernels.Should().Be(core);
    }

    [Fact]
    public void TheThreadCountHoldsForItsProductsToo()
    {
        var before = TorchSharp.torch.get_num_threads();
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            return;
        }

        try
        {
            foreach (var count in new[] { 1, 2, 1 })
            {
                TorchSharp.torch.set_num_threads(count);
                Threads().Should().Be(count);
            }
        }
        finally
        {
            TorchSharp.torch.set_num_threads(before);
        }
    }

    [LibraryImport(Library, EntryPoint = "openblas_get_num_threads")]
    private static partial int Threads();

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    private static partial nint CoreName();
}
