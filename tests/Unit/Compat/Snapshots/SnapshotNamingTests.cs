using System.Runtime.CompilerServices;

namespace Repro.Tests.Unit.Compat.Snapshots;

public sealed class SnapshotNamingTests : IDisposable
{
    private readonly SnapshotSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Names_are_type_and_method()
    {
        await Verify("x").UseDirectory(_sandbox.Root).AutoVerify();

        _sandbox.FileNames.Should().Equal("SnapshotNamingTests.Names_are_type_and_method.verified.txt");
    }

    [Theory]
    [InlineData(1.5, "a/b:c", true)]
    public async Task Parameters_follow_the_method(double rate, string text, bool flag)
    {
        await Verify("x").UseDirectory(_sandbox.Root).UseParameters(rate, text, flag).AutoVerify();

        _sandbox.FileNames.Should().Equal($"SnapshotNamingTests.Parameters_follow_the_method_rate=1.5_text=a-b-c_flag=True.verified.txt");
    }

    [Theory]
    [InlineData(new[] { 1, 2 }, null)]
    public async Task A_leading_subset_an_array_and_null_have_names(int[] sizes, string? other)
    {
        await Verify("x").UseDirectory(_sandbox.Root).UseParameters(sizes).AutoVerify();
        await Verify("x").UseDirectory(_sandbox.Root).UseParameters(Array.Empty<int>(), other).AutoVerify();

        const string prefix = "SnapshotNamingTests.A_leading_subset_an_array_and_null_have_names";
        _sandbox.FileNames.Should().Equal($"{prefix}_sizes=1,2.verified.txt", $"{prefix}_sizes=[]_other=null.verified.txt");
    }

    [Theory]
    [InlineData(1)]
    public async Task A_theory_must_name_its_parameters(int value)
    {
        value.Should().Be(1);
        var act = async () => await Verify("x").UseDirectory(_sandbox.Root);

        await act.Should().ThrowAsync<InvalidOperationException>().WithMessage("*UseParameters or UseTextForParameters*");
    }

    [Fact]
    public async Task More_values_than_parameters_are_refused()
    {
        var act = async () => await Verify("x").UseDirectory(_sandbox.Root).UseParameters(1);

        await act.Should().ThrowAsync<ArgumentException>().WithMessage("*got 1 values*has 0 parameters*");
    }

    [Fact]
    public async Task Every_part_can_be_replaced()
    {
        await Verify("x").UseDirectory(_sandbox.Root).UseTypeName("Type").UseMethodName("Method").UseTextForParameters("p=1").AutoVerify();
        await Verify("x", extension: "md").UseDirectory(_sandbox.Root).UseFileName("file").AutoVerify();
        await Verify("x").UseDirectory(_sandbox.Root).UseMethodName("M").UniqueForRuntimeAndVersion().AutoVerify();
        await Verify("x").UseDirectory(_sandbox.Root).UseMethodName("M").UniqueForRuntime().AutoVerify();

        _sandbox.FileNames.Should().Equal(
            "SnapshotNamingTests.M.DotNet.verified.txt",
            Invariant($"SnapshotNamingTests.M.DotNet{Environment.Version.Major}_{Environment.Version.Minor}.verified.txt"),
            "Type.Method_p=1.verified.txt",
            "file.verified.md");
    }

    [Fact]
    public async Task Several_targets_are_told_apart()
    {
        var targets = new[]
        {
            new Target("txt", "a"), new Target("txt", "b"), new Target("md", "c"), new Target("txt", "d", "log"), new Target("csv", "e", "t"), new Target("csv", "f", "t"),
        };

        await Verify(targets).UseDirectory(_sandbox.Root).UseFileName("f").AutoVerify();

        _sandbox.FileNames.Should().Equal(
            "f#00.verified.txt", "f#01.verified.txt", "f#log.verified.txt", "f#t.00.verified.csv", "f#t.01.verified.csv", "f.verified.md");
    }

    [Fact]
    public async Task A_relative_directory_starts_at_the_source_file()
    {
        var relative = Path.GetRelativePath(Path.GetDirectoryName(SourceFile())!, _sandbox.Root);

        await Verify("x").UseDirectory(relative).UseFileName("f").AutoVerify();

        _sandbox.FileNames.Should().Equal("f.verified.txt");
    }

    [Fact]
    public async Task The_same_prefix_twice_in_a_run_is_refused_unless_allowed()
    {
        await Verify("x").UseDirectory(_sandbox.Root).AutoVerify();

        var act = async () => await Verify("x").UseDirectory(_sandbox.Root);

        await act.Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*already used in this run by SnapshotNamingTests.The_same_prefix_twice_in_a_run_is_refused_unless_allowed*");
        await Verify("x").UseDirectory(_sandbox.Root).DisableRequireUniquePrefix();
    }

    [Fact]
    public void A_file_name_excludes_what_it_replaces()
    {
        Action<VerifySettings>[] others = [s => s.UseMethodName("m"), s => s.UseTypeName("t"), s => s.UseParameters(1), s => s.UseTextForParameters("p")];
        foreach (var other in others)
        {
            var act = () =>
            {
                var settings = new VerifySettings();
                settings.UseFileName("f");
                other(settings);
            };
            act.Should().Throw<InvalidOperationException>().WithMessage("*UseFileName cannot be combined*");
        }
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData(" ")]
    public void A_name_must_fit_into_a_file_name(string name)
    {
        var act = () => new VerifySettings().UseFileName(name);

        act.Should().Throw<ArgumentException>();
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;

    public sealed class Nested : IDisposable
    {
        private readonly SnapshotSandbox _sandbox = new();

        public void Dispose() => _sandbox.Dispose();

        [Fact]
        public async Task Nested_types_show_their_parent()
        {
            await Verify("x").UseDirectory(_sandbox.Root).AutoVerify();

            _sandbox.FileNames.Should().Equal("SnapshotNamingTests.Nested.Nested_types_show_their_parent.verified.txt");
        }
    }
}
