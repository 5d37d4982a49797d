using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core;
using Repro.Core.Chat;

namespace Repro.Tests.Property.Chat;

/// <summary>Whatever a template and its data are, they give a text or one message with a place.</summary>
[Properties(Arbitrary = new[] { typeof(JinjaProperties) })]
public sealed class JinjaProperties
{
    private static readonly string[] _pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "'a'", "\"é🌍\"", "1", "2.5", "-3", "messages", "m", "x", ".", "role",
            "content", "[", "]", "(", ")",
        ":", ",", "|", "~", "*", "/", "//", "%", "==", "<", "in", "not", "and", "or", "if", "else", "elif", "endif", "for", "endfor",
            "set", "endset", "=", "macro",
        "endmacro", "filter", "endfilter", "with", "endwith", "break", "continue", "generation", "endgeneration", "raw", "endraw", "loop",
            "index", "last",
        "namespace", "range", "dict", "is", "defined", "none", "true", "string", "trim", "length", "join", "map", "select", "sort",
            "tojson", "items", "list",
        "split", "upper", "replace", "first", "reverse", "round", "int", "default", "indent", "{% if x %}", "{% endif %}",
            "{% for m in messages %}", "{% endfor %}",
        "{{ m.content }}", "{{ messages }}", "{% set x = messages %}", "**", "{", "}", "__class__", "\\",
    ];

    public static Arbitrary<Template> Templates() => Gen.Elements(_pieces).ListOf().Select(pieces => new Template(string.Join(' ', pieces)))
        .ToArbitrary();

    public static Arbitrary<Expression> Expressions() =>
        Gen.Sized(size => Terms(Math.Min(size, 5))).Select(text => new Expression(text)).ToArbitrary();

    [Property(MaxTest = 2000)]
    public void Any_pieces_of_a_template_give_a_text_or_a_message(Template template, string content) => Check(template.Source, content);

    [Property(MaxTest = 2000)]
    public void Any_expression_gives_a_text_or_a_message(Expression expression, string content) =>
        Check("{{ " + expression.Source + " }}", content);

    [Property(MaxTest = 500)]
    public void A_text_without_tags_stays_as_it_is(NonNull<string> text)
    {
        var plain = text.Get.Replace("{", "(", StringComparison.Ordinal).ReplaceLineEndings("\n").TrimEnd('\n');
        new JinjaTemplate(plain).ToText([], false).Should().Be(plain);
    }

    private static void Check(string source, string content)
    {
        try
        {
            var template = new JinjaTemplate(source, "here");
            Dictionary<string, string>[] messages = [new() { ["role"] = "user", ["content"] = content ?? string.Empty }];
            template.ToText(messages, true).Should().Be(template.ToText(messages, true));
        }
        catch (ReproException refused)
        {
            refused.Message.Should().StartWith("here, line ");
        }
    }

    private static Gen<string> Terms(int depth) => depth == 0
        ? Gen.Elements("1", "0", "-2", "2.5", "'ab'", "''", "none", "true", "messages", "messages[0]", "messages[0].content", "x", "[]",
            "{}", "range(3)")
        : Gen.OneOf(
            Terms(0),
            from left in Terms(depth - 1)
            from name in Gen.Elements("+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or")
            from right in Terms(depth - 1)
            select $"({left} {name} {right})",
            from value in Terms(depth - 1)
            from filter in Gen.Elements(
                "abs", "batch(2)", "capitalize", "default('d')", "dictsort", "first", "float", "indent(2)", "int", "items", "join(',')",
                    "last", "length", "list",
                "lower", "map('string')", "max", "min", "replace('a', 'b')", "reverse", "round(1)", "select", "sort", "string", "sum",
                    "title", "tojson", "trim",
                "unique", "upper", "wordcount")
            select $"{value}|{filter}",
            from value in Terms(depth - 1)
            from test in Gen.Elements("defined", "divisibleby 2", "even", "in 'abc'", "iterable", "lower", "mapping", "none", "number",
                "odd", "sequence", "string")
            select $"({value} is {test})",
            from value in Terms(depth - 1)
            from part in Gen.Elements("[0]", "[-1]", "[1:]", "[::-1]", "['role']", ".content", ".split()", ".strip()", ".items()",
                ".get('a')", ".x")
            select value + part,
            from test in Terms(depth - 1)
            from value in Terms(depth - 1)
            select $"({value} if {test} else 'e')",
            from a in Terms(depth - 1)
            from b in Terms(depth - 1)
            select $"[{a}, {b}]");

    public sealed record Template(string Source);

    public sealed record Expression(string Source);
}
