using System.Globalization;

namespace Repro.Core.Chat.Jinja;

/// <summary>What operators stand between: names, literals, lists, dictionaries, and the arguments of calls.</summary>
internal sealed partial class JinjaParser
{
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
