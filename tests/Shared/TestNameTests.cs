using System.Reflection;
using System.Text.RegularExpressions;

namespace Repro.Tests.Shared;

/// <summary>Tests of an assembly are named in one style: a sentence with underscores, of which the first word alone is capitalised unless a
/// word is a name.</summary>
public sealed partial class TestNameTests
{
    [Fact]
    public void Every_test_is_named_by_a_sentence_with_underscores()
    {
        var tests = typeof(TestNameTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null).ToList();

        tests.Should().NotBeEmpty();
        tests.Where(method => !Sentence().IsMatch(method.Name)).Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .Should().BeEmpty();
    }

    [GeneratedRegex("^([A-Z][a-z0-9]*|[A-Z0-9][A-Za-z0-9]*(_[A-Za-z0-9]+)+)$")]
    private static partial Regex Sentence();
}
