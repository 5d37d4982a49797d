namespace Repro.Core.Chat.Jinja;

/// <summary>Expressions, from the loosest operator to the tightest.</summary>
internal sealed partial class JinjaParser
{
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
}
