using System.Globalization;

namespace Repro.Core.Chat.Jinja;

/// <summary>Makes statements of tokens, with the grammar and precedence of Jinja 3.1.</summary>
internal sealed class JinjaParser
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

    // One expression, or several with commas between them as a tuple.
    private JinjaExpression Tuple(bool conditional = true)
    {
        var at = Current.At;
        var first = conditional ? Expression() : Or();
        if (!Current.IsOperator(","))
        {
            return first;
        }

        var items = new List<JinjaExpression> { first };
        while (TakeIf(",") && Current.Kind is not (JinjaTokenKind.BlockEnd or JinjaTokenKind.OutputEnd) && !Current.IsOperator(")"))
        {
            items.Add(conditional ? Expression() : Or());
        }

        return new JinjaListDisplay(at, items, IsTuple: true);
    }

    private JinjaExpression Expression()
    {
        Enter();
        var value = Or();
        while (TakeIf("if"))
        {
            var test = Or();
            value = new JinjaConditional(value.At, test, value, TakeIf("else") ? Expression() : null);
        }

        _nesting--;
        return value;
    }

    private JinjaExpression Or()
    {
        var left = And();
        while (TakeIf("or"))
        {
            left = new JinjaBinary(left.At, "or", left, And());
        }

        return left;
    }

    private JinjaExpression And()
    {
        var left = Not();
        while (TakeIf("and"))
        {
            left = new JinjaBinary(left.At, "and", left, Not());
        }

        return left;
    }

    private JinjaExpression Not()
    {
        var at = Current.At;
        if (!TakeIf("not"))
        {
            return Comparison();
        }

        Enter();
        var operand = Not();
        _nesting--;
        return new JinjaUnary(at, "not", operand);
    }

    private JinjaExpression Comparison()
    {
        var first = Sum();
        var rest = new List<(string Operator, JinjaExpression Operand)>();
        while (true)
        {
            if (Current.Kind == JinjaTokenKind.Operator && _comparisons.Contains(Current.Text))
            {
                var found = Take().Text;
                rest.Add((found, Sum()));
            }
            else if (TakeIf("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (Current.IsName("not") && _tokens[_next + 1].IsName("in"))
            {
                _next += 2;
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new JinjaComparison(first.At, first, rest);
            }
        }
    }

    private JinjaExpression Sum()
    {
        var left = Concatenation();
        while (Current.IsOperator("+") || Current.IsOperator("-"))
        {
            var token = Take();
            left = new JinjaBinary(token.At, token.Text, left, Concatenation());
        }

        return left;
    }

    private JinjaExpression Concatenation()
    {
        var left = Product();
        while (Current.IsOperator("~"))
        {
            var token = Take();
            left = new JinjaBinary(token.At, token.Text, left, Product());
        }

        return left;
    }

    private JinjaExpression Product()
    {
        var left = Power();
        while (Current.IsOperator("*") || Current.IsOperator("/") || Current.IsOperator("//") || Current.IsOperator("%"))
        {
            var token = Take();
            left = new JinjaBinary(token.At, token.Text, left, Power());
        }

        return left;
    }

    private JinjaExpression Power()
    {
        var left = Unary(filtered: true);
        while (Current.IsOperator("**"))
        {
            var token = Take();
            left = new JinjaBinary(token.At, token.Text, left, Unary(filtered: true));
        }

        return left;
    }

    private JinjaExpression Unary(bool filtered)
    {
        var token = Current;
        JinjaExpression value;
        if (token.IsOperator("-") || token.IsOperator("+"))
        {
            _next++;
            Enter();
            value = new JinjaUnary(token.At, token.Text, Unary(filtered: false));
            _nesting--;
        }
        else
        {
            value = Primary();
        }

        value = Postfix(value);
        return filtered ? Filtered(value) : value;
    }

    private JinjaExpression Postfix(JinjaExpression value)
    {
        while (true)
        {
            var at = Current.At;
            if (TakeIf("."))
            {
                value = Current.Kind == JinjaTokenKind.Integer
                    ? new JinjaIndex(at, value, new JinjaLiteral(at, Whole(Take())))
                    : new JinjaAttribute(at, value, ExpectName("the name of an attribute"));
            }
            else if (TakeIf("["))
            {
                value = new JinjaIndex(at, value, Subscript(at));
                Expect("]");
            }
            else if (Current.IsOperator("("))
            {
                value = new JinjaCall(at, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private JinjaExpression Subscript(int at)
    {
        var start = Current.IsOperator(":") ? null : Expression();
        if (!TakeIf(":"))
        {
            return start!;
        }

        var stop = Current.IsOperator("]") || Current.IsOperator(":") ? null : Expression();
        var step = TakeIf(":") && !Current.IsOperator("]") ? Expression() : null;
        return new JinjaSlice(at, start, stop, step);
    }

    private JinjaExpression Filtered(JinjaExpression value)
    {
        while (true)
        {
            if (TakeIf("|"))
            {
                value = Filter(value);
            }
            else if (Current.IsName("is"))
            {
                value = Test(value);
            }
            else if (Current.IsOperator("("))
            {
                value = new JinjaCall(Current.At, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    // The filters of a block, one in the other; the innermost takes the text of the block.
    private JinjaFilter? BlockFilter(JinjaFilter? filter)
    {
        var before = _nesting;
        while (TakeIf("|"))
        {
            Enter();
            filter = Filter(filter);
        }

        _nesting = before;
        return filter;
    }

    private JinjaFilter Filter(JinjaExpression? input)
    {
        var at = Current.At;
        var name = ExpectName("the name of a filter");
        return new JinjaFilter(at, input, name, Current.IsOperator("(") ? Arguments() : JinjaArguments.None);
    }

    private JinjaExpression Test(JinjaExpression input)
    {
        _next++;
        var at = Current.At;
        var negated = TakeIf("not");
        var name = ExpectName("the name of a test");
        var arguments = JinjaArguments.None;
        if (Current.IsOperator("("))
        {
            arguments = Arguments();
        }
        else if (Current.Kind is JinjaTokenKind.String or JinjaTokenKind.Integer or JinjaTokenKind.Float
            || Current.IsOperator("[") || Current.IsOperator("{")
            || (Current.Kind == JinjaTokenKind.Name && Current.Text is not ("else" or "or" or "and" or "if" or "is" or "not" or "in")))
        {
            arguments = new JinjaArguments([Postfix(Primary())], []);
        }

        var test = new JinjaTest(at, input, name, arguments);
        return negated ? new JinjaUnary(at, "not", test) : test;
    }

    private JinjaArguments Arguments()
    {
        Expect("(");
        var positional = new List<JinjaExpression>();
        var named = new List<(string Name, JinjaExpression Value)>();
        while (!TakeIf(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                Expect(",");
                if (TakeIf(")"))
                {
                    break;
                }
            }

            if (Current.IsOperator("*") || Current.IsOperator("**"))
            {
                throw _source.Error(Current.At, $"arguments from a collection ('{Current.Text}') are not supported");
            }

            if (Current.Kind == JinjaTokenKind.Name && _tokens[_next + 1].IsOperator("="))
            {
                var name = Take().Text;
                _next++;
                named.Add((name, Expression()));
            }
            else if (named.Count > 0)
            {
                throw _source.Error(Current.At, "an argument without a name stands after one with a name");
            }
            else
            {
                positional.Add(Expression());
            }
        }

        return new JinjaArguments(positional, named);
    }

    private JinjaExpression Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case JinjaTokenKind.Name:
                _next++;
                return token.Text switch
                {
                    "true" or "True" => new JinjaLiteral(token.At, true),
                    "false" or "False" => new JinjaLiteral(token.At, false),
                    "none" or "None" => new JinjaLiteral(token.At, null),
                    _ => new JinjaName(token.At, token.Text),
                };
            case JinjaTokenKind.String:
                return Strings();
            case JinjaTokenKind.Integer:
                _next++;
                return new JinjaLiteral(token.At, Whole(token));
            case JinjaTokenKind.Float:
                _next++;
                return new JinjaLiteral(token.At, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case JinjaTokenKind.Operator when token.Text == "(":
                _next++;
                return Parenthesis(token.At);
            case JinjaTokenKind.Operator when token.Text == "[":
                _next++;
                return new JinjaListDisplay(token.At, Items(), IsTuple: false);
            case JinjaTokenKind.Operator when token.Text == "{":
                _next++;
                return new JinjaDictDisplay(token.At, Pairs());
            default:
                throw Unexpected("an expression");
        }
    }

    // Texts one after another are one text.
    private JinjaLiteral Strings()
    {
        var at = Current.At;
        var parts = new List<string>();
        while (Current.Kind == JinjaTokenKind.String)
        {
            parts.Add(Take().Text);
        }

        return new JinjaLiteral(at, string.Concat(parts));
    }

    private long Whole(JinjaToken token) => long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw _source.Error(token.At, "whole numbers beyond 64 bits are not supported");

    private JinjaExpression Parenthesis(int at)
    {
        if (TakeIf(")"))
        {
            return new JinjaListDisplay(at, [], IsTuple: true);
        }

        var inner = Tuple();
        Expect(")");
        return inner;
    }

    private List<JinjaExpression> Items()
    {
        var items = new List<JinjaExpression>();
        while (!TakeIf("]"))
        {
            if (items.Count > 0)
            {
                Expect(",");
                if (TakeIf("]"))
                {
                    break;
                }
            }

            items.Add(Expression());
        }

        return items;
    }

    private List<(JinjaExpression Key, JinjaExpression Value)> Pairs()
    {
        var pairs = new List<(JinjaExpression Key, JinjaExpression Value)>();
        while (!TakeIf("}"))
        {
            if (pairs.Count > 0)
            {
                Expect(",");
                if (TakeIf("}"))
                {
                    break;
                }
            }

            var key = Expression();
            Expect(":");
            pairs.Add((key, Expression()));
        }

        return pairs;
    }
}
