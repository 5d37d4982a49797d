namespace Repro.Core.Chat.Jinja;

/// <summary>The text of a template with the name that complaints give it.</summary>
/// <param name="Name">Such as <c>chat_template of models/x</c>.</param>
/// <param name="Text">The text, its line ends as <c>\n</c>.</param>
internal sealed record JinjaSource(string Name, string Text)
{
    internal ReproException Error(int at, string problem)
    {
        var before = Text[..Math.Min(at, Text.Length)];
        var line = before.Count(c => c == '\n') + 1;
        return new ReproException(Invariant($"{Name}, line {line}, column {before.Length - before.LastIndexOf('\n')}: {problem}"));
    }
}

internal enum JinjaTokenKind
{
    Text,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text; of a string, what it stands for.</param>
/// <param name="At">Offset in the source.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, int At)
{
    internal bool IsName(string name) => Kind == JinjaTokenKind.Name && Text == name;

    internal bool IsOperator(string text) => Kind == JinjaTokenKind.Operator && Text == text;

    internal string Shown => Kind switch
    {
        JinjaTokenKind.End => "the end of the template",
        JinjaTokenKind.BlockEnd => "'%}'",
        JinjaTokenKind.OutputEnd => "'}}'",
        JinjaTokenKind.Text => "text",
        _ => $"'{Text}'",
    };
}

internal abstract record JinjaExpression(int At);

internal sealed record JinjaLiteral(int At, object? Value) : JinjaExpression(At);

internal sealed record JinjaName(int At, string Name) : JinjaExpression(At);

internal sealed record JinjaListDisplay(int At, IReadOnlyList<JinjaExpression> Items, bool IsTuple) : JinjaExpression(At);

internal sealed record JinjaDictDisplay(int At, IReadOnlyList<(JinjaExpression Key, JinjaExpression Value)> Pairs) : JinjaExpression(At);

internal sealed record JinjaAttribute(int At, JinjaExpression Target, string Name) : JinjaExpression(At);

internal sealed record JinjaIndex(int At, JinjaExpression Target, JinjaExpression Key) : JinjaExpression(At);

internal sealed record JinjaSlice(int At, JinjaExpression? Start, JinjaExpression? Stop, JinjaExpression? Step) : JinjaExpression(At);

internal sealed record JinjaCall(int At, JinjaExpression Function, JinjaArguments Arguments) : JinjaExpression(At);

/// <summary>A filter on an expression, or on the text of a block where <paramref name="Input"/> is null.</summary>
internal sealed record JinjaFilter(int At, JinjaExpression? Input, string Name, JinjaArguments Arguments) : JinjaExpression(At);

internal sealed record JinjaTest(int At, JinjaExpression Input, string Name, JinjaArguments Arguments) : JinjaExpression(At);

internal sealed record JinjaUnary(int At, string Operator, JinjaExpression Operand) : JinjaExpression(At);

internal sealed record JinjaBinary(int At, string Operator, JinjaExpression Left, JinjaExpression Right) : JinjaExpression(At);

internal sealed record JinjaComparison(int At, JinjaExpression First, IReadOnlyList<(string Operator, JinjaExpression Operand)> Rest)
    : JinjaExpression(At);

internal sealed record JinjaConditional(int At, JinjaExpression Test, JinjaExpression Then, JinjaExpression? Else) : JinjaExpression(At);

internal sealed record JinjaArguments(IReadOnlyList<JinjaExpression> Positional, IReadOnlyList<(string Name, JinjaExpression Value)> Named)
{
    internal static JinjaArguments None { get; } = new([], []);
}

internal abstract record JinjaStatement(int At);

internal sealed record JinjaText(int At, string Text) : JinjaStatement(At);

internal sealed record JinjaOutput(int At, JinjaExpression Value) : JinjaStatement(At);

internal sealed record JinjaIf(int At, IReadOnlyList<(JinjaExpression Test, IReadOnlyList<JinjaStatement> Body)> Branches,
    IReadOnlyList<JinjaStatement> Else)
    : JinjaStatement(At);

internal sealed record JinjaFor(
    int At,
    JinjaTarget Target,
    JinjaExpression Items,
    JinjaExpression? Filter,
    IReadOnlyList<JinjaStatement> Body,
    IReadOnlyList<JinjaStatement> Else) : JinjaStatement(At);

internal sealed record JinjaSet(int At, JinjaTarget Target, JinjaExpression Value) : JinjaStatement(At);

internal sealed record JinjaSetBlock(int At, JinjaTarget Target, JinjaFilter? Filter, IReadOnlyList<JinjaStatement> Body)
    : JinjaStatement(At);

internal sealed record JinjaFilterBlock(int At, JinjaFilter Filter, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(At);

internal sealed record JinjaWith(int At, IReadOnlyList<(JinjaTarget Target, JinjaExpression Value)> Values,
    IReadOnlyList<JinjaStatement> Body)
    : JinjaStatement(At);

internal sealed record JinjaMacro(
    int At, string Name, IReadOnlyList<(string Name, JinjaExpression? Default)> Parameters, IReadOnlyList<JinjaStatement> Body)
        : JinjaStatement(At);

/// <summary>What the assistant writes: <c>{% generation %}</c>, as transformers has it for masks.</summary>
internal sealed record JinjaGeneration(int At, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(At);

internal sealed record JinjaBreak(int At) : JinjaStatement(At);

internal sealed record JinjaContinue(int At) : JinjaStatement(At);

/// <summary>What a value is assigned to: one name, a member of a namespace, or several targets.</summary>
/// <param name="At">Offset in the source.</param>
/// <param name="Name">The name, or that of the namespace.</param>
/// <param name="Member">Member of the namespace; null for a name.</param>
/// <param name="Parts">Several targets that take a value apart; null for a single one.</param>
internal sealed record JinjaTarget(int At, string Name, string? Member = null, IReadOnlyList<JinjaTarget>? Parts = null);
