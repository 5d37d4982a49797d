using System.Reflection;
using Repro.Core.Losses;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Compat;

/// <summary>What the stand-in for Verify.Xunit does as the package does it: names of files, outcomes, public surface.</summary>
public sealed class SnapshotTests : IDisposable
{
    // As the package declares them, version 31.12.5; a member that is not here is not in the package, or nobody calls it.
    private static readonly string[] Surface =
    [
        "VerifyTests.SettingsTask DisableDiff()",
        "VerifyTests.SettingsTask UseDirectory(System.String directory)",
        "VerifyTests.SettingsTask UseFileName(System.String fileName)",
        "VerifyTests.SettingsTask UseParameters(System.Object[] parameters)",
        "VerifyTests.SettingsTask Verify(System.String target, System.String extension, VerifyTests.VerifySettings settings, "
            + "System.String sourceFile)",
        "VerifyTests.SettingsTask Verify(System.String target, VerifyTests.VerifySettings settings, System.String sourceFile)",
        "System.Reflection.MethodInfo GetMethod()",
        "System.Runtime.CompilerServices.TaskAwaiter`1[VerifyTests.VerifyResult] GetAwaiter()",
        "System.Threading.Tasks.Task`1[VerifyTests.VerifyResult] ToTask()",
        "System.Threading.Tasks.Task`1[VerifyTests.VerifyResult] op_Implicit(VerifyTests.SettingsTask settingsTask)",
        "System.Void After(System.Reflection.MethodInfo info)",
        "System.Void Before(System.Reflection.MethodInfo info)",
        "System.Void UseUtf8NoBom()",
    ];

    private readonly TemporaryFolder _folder = new();

    private IEnumerable<string> Files =>
        Directory.EnumerateFiles(_folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_public_surface_is_a_part_of_the_package()
    {
        var types = typeof(Verifier).Assembly.GetExportedTypes();
        types.Select(type => type.FullName).Should().BeEquivalentTo(
            "VerifyTests.SettingsTask", "VerifyTests.VerifierSettings", "VerifyTests.VerifyResult", "VerifyTests.VerifySettings",
            "VerifyXunit.UseVerifyAttribute", "VerifyXunit.Verifier");
        types.SelectMany(type =>
            type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(Signature)
            .Should().BeEquivalentTo(Surface);
        types.Where(type => type.Name != "UseVerifyAttribute").SelectMany(type => type.GetProperties()).Should().BeEmpty();
    }

    private static string Signature(System.Reflection.MethodInfo method) =>
        $"{method.ReturnType} {method.Name}({string.Join(", ", method.GetParameters().Select(p => $"{p.ParameterType} {p.Name}"))})";

    [Fact]
    public async Task A_new_text_fails_and_is_left_as_received_under_the_name_of_class_and_method()
    {
        var failure = await Failure(Verify("alpha\r\nbeta").UseDirectory(_folder.Path));

        const string Name =
            $"{nameof(SnapshotTests)}.{nameof(A_new_text_fails_and_is_left_as_received_under_the_name_of_class_and_method)}";
        failure.Should().Contain(
            $"New:\n  - Received: {Name}.received.txt\n    Verified: {Name}.verified.txt\n").And.Contain("+ alpha\n+ beta\n");
        Files.Should().Equal($"{Name}.received.txt");
        File.ReadAllBytes(Path.Combine(_folder.Path, $"{Name}.received.txt")).Should().Equal([0xEF, 0xBB, 0xBF, .. "alpha\nbeta"u8]);
    }

    [Theory]
    [InlineData(1.5, "a/b:c", null)]
    public async Task Parameters_follow_the_method_where_they_are_told(double rate, string text, string? other)
    {
        other.Should().BeNull();
        const string Name = $"{nameof(SnapshotTests)}.{nameof(Parameters_follow_the_method_where_they_are_told)}";
        await Failure(Verify("x", "json").UseDirectory(_folder.Path).UseParameters(rate, text));
        await Failure(Verify("x", extension: "md").UseDirectory(_folder.Path).UseFileName("file"));

        Files.Should().Equal($"{Name}_rate=1.5_text=a-b-c.received.json", "file.received.md");
        (await Failure(Verify("x").UseDirectory(_folder.Path))).Should().Contain("call UseParameters");
    }

    [Fact]
    public async Task A_difference_fails_with_its_lines_and_nothing_is_ever_accepted()
    {
        _folder.Write("case.verified.txt", "head\nold\ntail");

        var failure = await Failure(Verify("head\nnew\nnewer\ntail").UseDirectory(_folder.Path).UseFileName("case").DisableDiff());

        failure.Should().Be(
            $"Directory: {_folder.Path}\nNotEqual:\n  - Received: case.received.txt\n    Verified: case.verified.txt\n\n"
                + "FileContent:\n\nFrom line 2:\n- old\n+ new\n+ newer\n");
        File.ReadAllText(Path.Combine(_folder.Path, "case.verified.txt")).Should().Be("head\nold\ntail");
    }

    [Theory]
    [InlineData("alpha\nbeta", true)]
    [InlineData("alpha\nbeta\n", true)]
    [InlineData("\uFEFFalpha\r\nbeta", true)]
    [InlineData("alpha\nbeta\n\n", false)]
    [InlineData("Alpha\nbeta", false)]
    [InlineData("", false)]
    public async Task Equal_texts_pass_and_remove_what_was_received_before(string verified, bool equal)
    {
        _folder.Write("case.verified.txt", verified);
        _folder.Write("case.received.txt", "of an earlier run");

        var failure = await Failure(Verify("alpha\nbeta").UseDirectory(_folder.Path).UseFileName("case"));

        (failure is null).Should().Be(equal);
        Files.Contains("case.received.txt").Should().Be(!equal);
    }

    [Fact]
    public async Task Two_verifications_cannot_share_a_file()
    {
        _folder.Write("case.verified.txt", "x");
        await Verify("x").UseDirectory(_folder.Path).UseFileName("case");

        (await Failure(Verify("x").UseDirectory(_folder.Path).UseFileName("case")))
            .Should().Contain("has been used by Two_verifications_cannot_share_a_file");
    }

    private static async Task<string?> Failure(SettingsTask task)
    {
        try
        {
            await task;
            return null;
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }
}
