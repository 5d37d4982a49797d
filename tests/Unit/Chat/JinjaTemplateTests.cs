using System.Diagnostics;
using System.Text.Json;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Chat;

/// <summary>Renderings are those of jinja2 3.1.6 with the settings of transformers, written by bench/python/chat_templates.py.</summary>
public sealed class JinjaTemplateTests
{
    private static readonly Dictionary<string, string> _tokens = new()
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["pad_token"] = "<pad>",
    };

    private static string Folder => Path.Combine(RepositoryRoot.Find(), "fixtures", "chat");

    public static TheoryData<string> Templates =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, "templates")).Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Renderings_are_those_of_jinja2(string name)
    {
        var template = new JinjaTemplate(File.ReadAllText(Path.Combine(Folder, "templates", name + ".jinja")), name, _tokens);
        using var conversations = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "conversations.json")));
        var talks = conversations.RootElement.EnumerateArray().ToDictionary(
            talk => talk.GetProperty("name").GetString()!,
            talk => talk.GetProperty("messages").EnumerateArray()
                .Select(message => (IReadOnlyDictionary<string, string>)message.EnumerateObject()
                    .ToDictionary(part => part.Name, part => part.Value.GetString()!)).ToList());
        using var renderings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "renderings.json")));
        var cases = renderings.RootElement.EnumerateArray().Where(row => row.GetProperty("template").GetString() == name).ToList();

        cases.Should().HaveCount(2 * talks.Count);
        foreach (var row in cases)
        {
            var (talk, prompt) = (row.GetProperty("conversation").GetString()!, row.GetProperty("prompt").GetBoolean());
            if (row.GetProperty("text").GetString() is { } text)
            {
                template.ToText(talks[talk], prompt).Should().Be(text, "of {0}", talk);
            }
            else
            {
                template.Invoking(it => it.ToText(talks[talk], prompt)).Should().Throw<ReproException>("{0} is refused", talk)
                    .WithMessage($"{name}, line *");
            }
        }
    }

    [Theory]
    [InlineData("{{ ''.__class__.__mro__ }}", 1, 6, "no access to the inside of values")]
    [InlineData("a\n  {{ messages['__class__'] }}", 2, 14, "no access to the inside of values")]
    [InlineData("{{ messages|attr('__class__') }}", 1, 13, "the filter 'attr' is not supported")]
    [InlineData("{{ range.__globals__ }}", 1, 9, "no access to the inside of values")]
    [InlineData("{% include 'x' %}", 1, 4, "the statement 'include' is not supported")]
    [InlineData("{% import 'os' as os %}", 1, 4, "the statement 'import' is not supported")]
    [InlineData("{% if true %}x", 1, 15, "'endif' was expected, found the end of the template")]
    [InlineData("{% for x in y", 1, 1, "'{%' has no '%}'")]
    [InlineData("{{ 'abc }}", 1, 4, "has no closing '")]
    [InlineData("{# note", 1, 1, "has no '#}'")]
    [InlineData("{{ messages.append(1) }}", 1, 12, "the method 'append' of a list is not supported")]
    [InlineData("{{ 1 + 'a' }}", 1, 6, "'+' between a whole number and a text")]
    [InlineData("{{ nothing.x }}", 1, 11, "'nothing' is not defined, so it has no 'x'")]
    [InlineData("{{ 'x'|wordwrap }}", 1, 8, "the filter 'wordwrap' is not supported")]
    [InlineData("{{ 1 is prime }}", 1, 9, "the test 'prime' is not supported")]
    [InlineData("{{ strftime_now('%Y') }}", 1, 16, "'strftime_now' is not given to templates")]
    [InlineData("{{ lipsum() }}", 1, 4, "'lipsum' is not supported")]
    [InlineData("{{ raise_exception('no tools') }}", 1, 19, "the template refuses this conversation: no tools")]
    [InlineData("{% set x.y = 1 %}", 1, 8, "'x' is no namespace")]
    [InlineData("{% break %}", 1, 4, "'break' is no statement here")]
    [InlineData("{{ (messages|map('upper'))|length }}", 1, 28, "has no length")]
    [InlineData("{{ 9223372036854775807 + 1 }}", 1, 24, "beyond 64 bits")]
    public void What_is_not_supported_is_refused_by_name_with_its_place(string source, int line, int column, string problem) =>
        FluentActions.Invoking(() => new JinjaTemplate(source, "models/x").ToText([], false)).Should().Throw<ReproException>()
            .WithMessage(FormattableString.Invariant($"models/x, line {line}, column {column}: *{problem}*"));

    public static TheoryData<string, string> Hostile => new()
    {
        { "endless recursion", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}" },
        { "two macros", "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}" },
        { "loops in loops", "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
            + "{% endfor %}{% endfor %}{% endfor %}" },
        { "a huge range", "{{ range(10 ** 15)|list }}" },
        { "a doubled text", "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
            + "{{ ns.x }}" },
        { "a repeated text", "{{ 'x' * 10 ** 12 }}" },
        { "a repeated list", "{{ ([1] * 10 ** 12)|length }}" },
        { "much output", "{% for i in range(90000) %}{{ 'x' * 1000 }}{% endfor %}" },
        { "replacements", "{{ ('a' * 1000000)|replace('a', 'b' * 1000000) }}" },
        { "joins", "{{ range(90000)|join('x' * 100000) }}" },
        { "indentation", "{{ ('\\n' * 1000000)|indent(1000000) }}" },
        { "padding", "{{ 'x'.rjust(10 ** 12) }}" },
        { "a doubled list", "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}" },
        { "a doubled list as JSON", "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
            + "{{ ns.x|tojson }}" },
        { "a doubled list compared", "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
            + "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}" },
        { "a deep list", "{% set ns = namespace(x=[1]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}" },
        { "wide JSON", "{% set ns = namespace(x=[1]) %}{% for i in range(50) %}{% set ns.x = [ns.x] %}{% endfor %}"
            + "{{ ns.x|tojson(indent=100000000) }}" },
        { "powers", "{{ 9 ** 9 ** 9 }}" },
        { "unique of many", "{{ range(90000)|unique|list|length }}" },
        { "deep brackets", "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}" },
        { "deep lists", "{{ " + new string('[', 100_000) + new string(']', 100_000) + " }}" },
        { "many nots", "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}" },
        { "many signs", "{{ " + new string('-', 100_001) + " 1 }}" },
        { "a long sum", "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 100_000)) + " }}" },
        { "many filters", "{{ 'x'" + string.Concat(Enumerable.Repeat("|trim", 100_000)) + " }}" },
        { "many attributes", "{{ messages" + string.Concat(Enumerable.Repeat(".x", 100_000)) + " }}" },
        { "many conditions", "{{ " + string.Concat(Enumerable.Repeat("1 if 0 else ", 60_000)) + "1 }}" },
        { "deep blocks", string.Concat(Enumerable.Repeat("{% if true %}", 50_000)) },
        { "many filters of a set", "{% set x " + string.Concat(Enumerable.Repeat("|trim", 100_000)) + " %}a{% endset %}" },
        { "a long template", new string('x', (1 << 20) + 1) },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_templates_are_refused_within_bounds_of_time_and_memory(string what, string source)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        FluentActions.Invoking(() => new JinjaTemplate(source).ToText([], false)).Should().Throw<ReproException>("of {0}", what);
        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1L << 31, "what is allocated in all bounds what is held");
    }

    [Fact]
    public void The_time_of_a_template_is_the_one_that_it_is_given()
    {
        var template = new JinjaTemplate("{{ strftime_now('%d %b %Y, %H:%M %%') }}")
        {
            Now = new DateTime(2024, 7, 6, 5, 4, 0,
            DateTimeKind.Utc)
        };
        template.ToText([], false).Should().Be("06 Jul 2024, 05:04 %");
    }
}
