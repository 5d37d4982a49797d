using Repro.Core;
using Repro.Core.Hardware;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Hardware;

/// <summary>Which LibTorch is taken, and the one message where a folder that a user names has none or one that cannot work.</summary>
public sealed class LibTorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Library =>
        OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

    [Fact]
    public void The_libraries_are_found_in_the_folder_and_in_its_folder_lib()
    {
        var lib = Folder("torch", "lib");
        File.WriteAllText(Path.Combine(lib, Library), string.Empty);
        LibTorch.Find(lib, "NAME").Folder.Should().Be(lib);
        LibTorch.Find(Path.Combine(_folder.Path, "torch"), "NAME").Folder.Should().Be(lib);
    }

    [Theory]
    [InlineData("version.py", "from typing import Optional\n__version__ = '2.6.0+cpu'\ndebug = False\n", "2.6.0+cpu")]
    [InlineData("build-version", "2.14.1+cpu\n", "2.14.1+cpu")]
    [InlineData("README", "LibTorch", null)]
    public void The_version_is_read_from_what_lies_above(string file, string content, string? version)
    {
        var lib = Folder("torch", "lib");
        File.WriteAllText(Path.Combine(lib, Library), string.Empty);
        File.WriteAllText(Path.Combine(lib, "..", file), content);
        LibTorch.Find(lib, "NAME").Version.Should().Be(version);
    }

    [Fact]
    public void A_folder_without_libraries_is_named_with_what_is_missing() =>
        FluentActions.Invoking(() => LibTorch.Find(_folder.Path, "REPRO_LIBTORCH")).Should().Throw<ReproException>()
            .WithMessage(
                $"REPRO_LIBTORCH names '{_folder.Path}', which has no LibTorch: {Library} is missing there. "
                    + "Name the folder of the libraries*");

    [Theory]
    [InlineData("1.13.1")]
    [InlineData("2.5.1+cu124")]
    [InlineData("2.4.0a0+git")]
    public void A_version_that_is_too_old_is_refused(string version)
    {
        var lib = Folder("torch", "lib");
        File.WriteAllText(Path.Combine(lib, Library), string.Empty);
        File.WriteAllText(Path.Combine(lib, "..", "version.py"), $"__version__ = '{version}'\n");
        FluentActions.Invoking(() => LibTorch.Find(lib, "NAME")).Should().Throw<ReproException>()
            .WithMessage($"*which is LibTorch {version}: TorchSharp is made for 2.10 and works with 2.6 or later.");
    }

    [Fact]
    public void Libraries_with_versions_in_their_names_are_refused()
    {
        var lib = Folder("lib");
        File.WriteAllText(Path.Combine(lib, Library + ".1.13"), string.Empty);
        File.CreateSymbolicLink(Path.Combine(lib, Library), Path.Combine(lib, Library + ".1.13"));
        FluentActions.Invoking(() => LibTorch.Find(lib, "NAME"))
            .Should().Throw<ReproException>().WithMessage($"*carry a version in their names ({Library}.1.13)*");
    }

    [Fact]
    public void A_link_to_a_library_of_the_same_name_is_followed()
    {
        var (real, lib) = (Folder("real"), Folder("torch", "lib"));
        File.WriteAllText(Path.Combine(real, Library), string.Empty);
        File.CreateSymbolicLink(Path.Combine(lib, Library), Path.Combine(real, Library));
        LibTorch.Find(lib, "NAME").Folder.Should().Be(lib);
    }

    [Fact]
    public void This_process_has_the_package_and_says_which()
    {
        var loaded = LibTorch.Load();
        loaded.Should().BeSameAs(LibTorch.Load());
        if (Environment.GetEnvironmentVariable(LibTorch.FolderVariable) is null && OperatingSystem.IsLinux())
        {
            loaded.Version.Should().Be("2.10.0");
        }
    }

    public void Dispose() => _folder.Dispose();

    private string Folder(params string[] parts) => Directory.CreateDirectory(Path.Combine([_folder.Path, .. parts])).FullName;
}
