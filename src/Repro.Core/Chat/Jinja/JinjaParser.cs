namespace Repro.Core.Chat.Jinja;

/// <summary>Makes statements of tokens, with the grammar and precedence of Jinja 3.1.</summary>
internal sealed partial class JinjaParser
{
    private const int MaximumNesting = 100;

    private static readonly string[] _refusedTags = ["include", "import", "from", "extends", "block", "call", "autoescape", "do", "trans",
        "debug"];
    private static readonly string[] _comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private readonly JinjaSource _source;
    private readonly IReadOnlyList<JinjaToken> _tokens;
    private int _next;
    private int _nesting;
    private int _loops;

    private JinjaParser(JinjaSource source) => (_source, _tokens) = (source, JinjaLexer.Read(source));

    private JinjaToken Current => _tokens[_next];

    /// <summary>The statements of a template.</summary>
    /// <exception cref="ReproException">It is not valid, or uses what is not supported; line and column are named.</exception>
    internal static IReadOnlyList<JinjaStatement> Parse(JinjaSource source)
    {
        var parser = new JinjaParser(source);
        var body = parser.Body();
        return parser.Current.Kind == JinjaTokenKind.End ? body : throw parser.Unexpected("a statement");
    }

    private ReproException Unexpected(string expected) => _source.Error(Current.At, $"{expected} was expected, found {Current.Shown}");

    private JinjaToken Take() => _tokens[_next++];

    private bool TakeIf(string text)
    {
        if (!Current.IsOperator(text) && !Current.IsName(text))
        {
            return false;
        }

        _next++;
        return true;
    }

    private void Expect(string text)
    {
        if (!TakeIf(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    private string ExpectName(string what) => Current.Kind == JinjaTokenKind.Name ? Take().Text : throw Unexpected(what);

    private void ExpectBlockEnd()
    {
        if (Current.Kind != JinjaTokenKind.BlockEnd)
        {
            throw Unexpected("'%}'");
        }

        _next++;
    }

    private void Enter()
    {
        if (++_nesting > MaximumNesting)
        {
            throw _source.Error(Current.At, Invariant($"nested deeper than {MaximumNesting}"));
        }
    }

    // Statements up to a block that starts with one of the names; its name is taken, not what follows.
    private List<JinjaStatement> Body(params string[] ends)
    {
        Enter();
        var body = new List<JinjaStatement>();
        while (Current.Kind != JinjaTokenKind.End)
        {
            var token = Take();
            switch (token.Kind)
            {
                case JinjaTokenKind.Text:
                    body.Add(new JinjaText(token.At, token.Text));
                    break;
                case JinjaTokenKind.OutputBegin:
                    body.Add(new JinjaOutput(token.At, Tuple()));
                    if (Take().Kind != JinjaTokenKind.OutputEnd)
                    {
                        _next--;
                        throw Unexpected("'}}'");
                    }

                    break;
                default:
                    if (Array.Exists(ends, Current.IsName))
                    {
                        _nesting--;
                        return body;
                    }

                    body.Add(Statement());
                    break;
            }
        }

        if (ends.Length > 0)
        {
            throw Unexpected($"'{ends[^1]}'");
        }

        _nesting--;
        return body;
    }

    private List<JinjaStatement> BodyUntil(string end)
    {
        var body = Body(end);
        _next++;
        ExpectBlockEnd();
        return body;
    }

    private JinjaStatement Statement()
    {
        var at = Current.At;
        var tag = ExpectName("the name of a statement");
        switch (tag)
        {
            case "if":
                return If(at);
            case "for":
                return For(at);
            case "set":
                return Set(at);
            case "macro":
                return Macro(at);
            case "with":
                return With(at);
            case "filter":
                var filter = BlockFilter(Filter(null))!;
                ExpectBlockEnd();
                return new JinjaFilterBlock(at, filter, BodyUntil("endfilter"));
            case "generation":
                ExpectBlockEnd();
                return new JinjaGeneration(at, BodyUntil("endgeneration"));
            case "break" or "continue" when _loops > 0:
                ExpectBlockEnd();
                return tag == "break" ? new JinjaBreak(at) : new JinjaContinue(at);
            default:
                throw _source.Error(at, _refusedTags.Contains(tag) ? $"the statement '{tag}' is not supported in chat templates"
                    : $"'{tag}' is no statement here");
        }
    }

    private JinjaIf If(int at)
    {
        var branches = new List<(JinjaExpression Test, IReadOnlyList<JinjaStatement> Body)>();
        while (true)
        {
            var test = Tuple(conditional: false);
            ExpectBlockEnd();
            branches.Add((test, Body("elif", "else", "endif")));
            if (TakeIf("elif"))
            {
                continue;
            }

            IReadOnlyList<JinjaStatement> otherwise = [];
            if (TakeIf("else"))
            {
                ExpectBlockEnd();
                otherwise = Body("endif");
            }

            Expect("endif");
            ExpectBlockEnd();
            return new JinjaIf(at, branches, otherwise);
        }
    }

    private JinjaFor For(int at)
    {
        var target = Target();
        Expect("in");
        var items = Tuple(conditional: false);
        var filter = TakeIf("if") ? Expression() : null;
        if (Current.IsName("recursive"))
        {
            throw _source.Error(Current.At, "recursive loops are not supported");
        }

        ExpectBlockEnd();
        _loops++;
        var body = Body("else", "endfor");
        _loops--;
        IReadOnlyList<JinjaStatement> otherwise = [];
        if (TakeIf("else"))
        {
            ExpectBlockEnd();
            otherwise = Body("endfor");
        }

        Expect("endfor");
        ExpectBlockEnd();
        return new JinjaFor(at, target, items, filter, body, otherwise);
    }

    private JinjaStatement Set(int at)
    {
        var target = Target();
        if (TakeIf("="))
        {
            var value = Tuple();
            ExpectBlockEnd();
            return new JinjaSet(at, target, value);
        }

        var filter = BlockFilter(null);
        ExpectBlockEnd();
        return new JinjaSetBlock(at, target, filter, BodyUntil("endset"));
    }

    private JinjaWith With(int at)
    {
        var values = new List<(JinjaTarget Target, JinjaExpression Value)>();
        while (Current.Kind != JinjaTokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                Expect(",");
            }

            var target = SingleTarget();
            Expect("=");
            values.Add((target, Expression()));
        }

        ExpectBlockEnd();
        return new JinjaWith(at, values, BodyUntil("endwith"));
    }

    private JinjaMacro Macro(int at)
    {
        var name = ExpectName("the name of a macro");
        var parameters = new List<(string Name, JinjaExpression? Default)>();
        Expect("(");
        while (!TakeIf(")"))
        {
            if (parameters.Count > 0)
            {
                Expect(",");
            }

            var parameter = ExpectName("the name of a parameter");
            var value = TakeIf("=") ? Expression() : null;
            if (value is null && parameters.Exists(earlier => earlier.Default is not null))
            {
                throw _source.Error(Current.At, $"the parameter '{parameter}' needs a default, as those before it have one");
            }

            parameters.Add((parameter, value));
        }

        ExpectBlockEnd();
        var loops = _loops;
        _loops = 0;
        var body = BodyUntil("endmacro");
        _loops = loops;
        return new JinjaMacro(at, name, parameters, body);
    }

    private JinjaTarget Target()
    {
        var at = Current.At;
        var parts = new List<JinjaTarget> { SingleTarget() };
        var several = false;
        while (TakeIf(","))
        {
            several = true;
            if (Current.Kind != JinjaTokenKind.Name && !Current.IsOperator("("))
            {
                break;
            }

            parts.Add(SingleTarget());
        }

        return several ? new JinjaTarget(at, string.Empty, null, parts) : parts[0];
    }

    private JinjaTarget SingleTarget()
    {
        var at = Current.At;
        if (TakeIf("("))
        {
            Enter();
            var inner = Target();
            _nesting--;
            Expect(")");
            return inner;
        }

        var name = ExpectName("a name to assign to");
        return name.ToUpperInvariant() is "TRUE" or "FALSE" or "NONE" or "NOT" or "IN"
            ? throw _source.Error(at, $"'{name}' cannot be assigned to")
            : new JinjaTarget(at, name, TakeIf(".") ? ExpectName("a member of the namespace") : null);
    }
}
