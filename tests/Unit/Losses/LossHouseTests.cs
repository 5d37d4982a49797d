using System.Reflection;
using System.Text.RegularExpressions;
using Repro.Core.Losses;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Losses;

/// <summary>Every function of the losses and rewards is held to the numbers of a peer or to a property; a gradient check alone shows only that it is smooth.</summary>
public sealed partial class LossHouseTests
{
    private static readonly string[] Evidence =
        [Path.Combine("tests", "Unit", "Losses", "Vectors"), Path.Combine("tests", "Property"), Path.Combine("src", "Repro.Experiments", "Adr")];

    [Fact]
    public void Each_loss_has_a_vector_or_property_test()
    {
        var functions = Functions();
        functions.Should().HaveCountGreaterThan(60);
        var called = Sources().SelectMany(text => Call().Matches(text).Select(match => match.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        functions.Except(called).Should().BeEmpty();
    }

    /// <summary>The names of all of them, such as <c>DpoLoss.Sigmoid</c>.</summary>
    internal static IReadOnlySet<string> Functions() => typeof(DpoLoss).Assembly.GetExportedTypes()
        .Where(type => type.Namespace is "Repro.Core.Losses" or "Repro.Core.Rewards" && type is { IsAbstract: true, IsSealed: true })
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method => $"{type.Name}.{method.Name}"))
        .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> Sources() => Evidence.Select(part => Path.Combine(RepositoryRoot.Find(), part)).SelectMany(path =>
    {
        var files = File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories).ToList();
        files.Should().NotBeEmpty(path);
        return files.Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(File.ReadAllText);
    });

    [GeneratedRegex(@"\b([A-Z]\w*\.[A-Z]\w*)\b")]
    private static partial Regex Call();
}
