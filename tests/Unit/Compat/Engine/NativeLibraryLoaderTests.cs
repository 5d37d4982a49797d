using TorchSharp.Interop;

namespace Repro.Tests.Unit.Compat.Engine;

public sealed class NativeLibraryLoaderTests
{
    [Fact]
    public void AMissingNativeLibraryIsOneClearMessage()
    {
        var act = () => NativeLibraryLoader.Load("/nowhere/libreprotorch.so");
        act.Should().Throw<DllNotFoundException>().WithMessage("*'/nowhere/libreprotorch.so' is missing*make setup*LIBTORCH*")
            .Which.InnerException.Should().BeNull();
    }

    [Fact]
    public void ANativeLibraryThatCannotBeLoadedIsOneClearMessage()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "no library");
            var act = () => NativeLibraryLoader.Load(file);
            act.Should().Throw<DllNotFoundException>().WithMessage("*cannot be loaded (*: file too short*make setup*LIBTORCH*")
                .Which.Message.Should().NotContain("\n");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
