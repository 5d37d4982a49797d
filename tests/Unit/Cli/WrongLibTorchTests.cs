using System.Diagnostics;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Cli;

/// <summary>A LIBTORCH that is none stops set-up and build with one message each, and nothing that was built before is touched.</summary>
public sealed class WrongLibTorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Set_up_names_the_folder_and_what_is_missing_in_it()
    {
        var (code, text) = await Run("make", "--silent", "setup", $"LIBTORCH={_folder.Path}");
        code.Should().NotBe(0);
        text.Should().Contain($"LIBTORCH names '{_folder.Path}', which is no LibTorch: include/ATen/core/Tensor.h is missing there.");
    }

    [Fact]
    public async Task The_build_names_the_folder_and_what_is_missing_in_it()
    {
        var (code, text) = await Run(
            "dotnet", "msbuild", Path.Combine("compat", "TorchSharp", "TorchSharp.csproj"), "-nologo", "-v:quiet", "-t:BuildNative", $"-p:LIBTORCH={_folder.Path}", $"-p:NativeBuildDirectory={_folder.Path}/build/");
        code.Should().NotBe(0);
        var errors = text.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).ToList();
        errors.Should().ContainSingle().Which.Should().Contain("REPRO002").And.Contain($"LIBTORCH names '{_folder.Path}'").And.Contain("include/ATen/core/Tensor.h is missing there");
    }

    private static async Task<(int Code, string Text)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = RepositoryRoot.Find(), RedirectStandardOutput = true, RedirectStandardError = true };
        // What a test host sets for itself is not for a build.
        start.Environment.Remove("MSBuildSDKsPath");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }
}
