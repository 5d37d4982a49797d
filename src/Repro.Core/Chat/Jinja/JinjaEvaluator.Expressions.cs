using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>Expressions: variables, members, calls, filters, tests and operators.</summary>
internal sealed partial class JinjaEvaluator
{
    private object? Variable(string name)
    {
        for (var scope = _scope; scope is not null; scope = scope.Parent)
        {
            if (scope.Names.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return _functions.Contains(name) && (name != "strftime_now" || _now is not null) ? new JinjaFunction(name)
            : _refusedNames.Contains(name) ? throw new JinjaRefusal($"'{name}' is not supported in chat templates")
            : new JinjaUndefined(name);
    }

    private object? Evaluate(JinjaExpression expression)
    {
        _values.Enter();
        _values.Spend(1);
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        _at = expression.At;
        var value = expression switch
        {
            JinjaLiteral literal => literal.Value,
            JinjaName name => Variable(name.Name),
            JinjaListDisplay list => new JinjaList([.. list.Items.Select(Evaluate)], list.IsTuple),
            JinjaDictDisplay dict => Dict(dict),
            JinjaAttribute attribute => Attribute(attribute),
            JinjaIndex index => Index(index),
            JinjaCall call => Call(call),
            JinjaFilter filter => Filtered(filter, Evaluate(filter.Input!)),
            JinjaTest test => Test(test),
            JinjaUnary unary => Unary(unary),
            JinjaBinary binary => Binary(binary),
            JinjaComparison comparison => Comparison(comparison),
            JinjaConditional choice => JinjaValues.Truth(Evaluate(choice.Test)) ? Evaluate(choice.Then)
                : choice.Else is null ? new JinjaUndefined("the value of an 'if' without 'else'")
                : Evaluate(choice.Else),
            _ => throw new JinjaRefusal("a slice stands outside of brackets"),
        };
        _values.Leave();
        return value;
    }

    private JinjaDict Dict(JinjaDictDisplay display)
    {
        var dict = new JinjaDict([]);
        foreach (var (key, value) in display.Pairs)
        {
            dict.Pairs[JinjaBuiltins.Key(Evaluate(key))] = Evaluate(value);
        }

        return dict;
    }

    private object? Attribute(JinjaAttribute attribute)
    {
        var target = Evaluate(attribute.Target);
        _at = attribute.At;
        return target switch
        {
            JinjaUndefined missing => throw new JinjaRefusal($"'{missing.Name}' is not defined, so it has no '{attribute.Name}'"),
            JinjaNamespace space => space.Members.TryGetValue(attribute.Name, out var member) ? member : new JinjaUndefined(attribute.Name),
            JinjaLoop loop => loop.Member(attribute.Name),
            _ => JinjaMethods.Find(target, attribute.Name) is { } method ? method : Item(target, attribute.Name),
        };
    }

    private object? Index(JinjaIndex index)
    {
        var target = Evaluate(index.Target);
        if (index.Key is JinjaSlice slice)
        {
            var (start, stop, step) = (Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step));
            _at = index.At;
            return Sliced(target, start, stop, step);
        }

        var key = Evaluate(index.Key);
        _at = index.At;
        return Member(target, key);
    }

    private long? Bound(JinjaExpression? expression) =>
        expression is null || Evaluate(expression) is not { } value ? null : JinjaValues.Whole(value);

    private object? Sliced(object? target, long? start, long? stop, long? step)
    {
        switch (target)
        {
            case string text when JinjaValues.TextLength(text) == text.Length:
                _values.SpendText(text.Length);
                return new string([.. JinjaValues.Places(start, stop, step, text.Length).Select(place => text[place])]);
            case string text:
                var characters = _values.ToList(text);
                return string.Concat(JinjaValues.Places(start, stop, step, characters.Count).Select(place => (string)characters[place]!));
            case JinjaList list:
                _values.Spend(list.Items.Count);
                return new JinjaList([.. JinjaValues.Places(start, stop, step, list.Items.Count).Select(place => list.Items[place])],
                    list.IsTuple);
            case JinjaUndefined missing:
                throw new JinjaRefusal($"'{missing.Name}' is not defined, so it has no parts");
            default:
                throw new JinjaRefusal($"{JinjaValues.TypeName(target)} cannot be cut into parts");
        }
    }

    // As target[key]: an item, else an attribute, else undefined.
    private object? Member(object? target, object? key) => target switch
    {
        JinjaUndefined missing => throw new JinjaRefusal($"'{missing.Name}' is not defined, so it has no item {_values.Printed(key)}"),
        JinjaNamespace or JinjaLoop when key is string name => Attribute(new JinjaAttribute(_at, new JinjaLiteral(_at, target), name)),
        JinjaDict dict when key is string or long && dict.Pairs.ContainsKey(key) => dict.Pairs[key],
        not null when key is string name && JinjaMethods.Find(target, name) is { } method => method,
        _ => Item(target, key),
    };

    private object? Item(object? target, object? key)
    {
        var missing = new JinjaUndefined(key as string ?? _values.Printed(key));
        switch (target)
        {
            case JinjaDict dict:
                return key is string or long && dict.Pairs.TryGetValue(key, out var value) ? value : missing;
            case JinjaList list when key is long or bool:
                var place = Place(key, list.Items.Count);
                return place >= 0 && place < list.Items.Count ? list.Items[(int)place] : missing;
            case string text when key is long or bool:
                var characters = JinjaValues.TextLength(text) == text.Length ? null : _values.ToList(text);
                var count = characters?.Count ?? text.Length;
                var character = Place(key, count);
                return character < 0 || character >= count ? missing : characters is null ? text[(int)character].ToString()
                    : characters[(int)character];
            default:
                return missing;
        }
    }

    private static long Place(object key, int count) => JinjaValues.Whole(key) is var place && place < 0 ? place + count : place;

    private (List<object?> Positional, Dictionary<string, object?> Named) Arguments(JinjaArguments arguments)
    {
        var positional = arguments.Positional.Select(Evaluate).ToList();
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in arguments.Named)
        {
            if (!named.TryAdd(name, Evaluate(value)))
            {
                throw new JinjaRefusal($"the argument '{name}' stands twice");
            }
        }

        return (positional, named);
    }

    private object? Call(JinjaCall call)
    {
        var function = Evaluate(call.Function);
        var (positional, named) = Arguments(call.Arguments);
        _at = call.At;
        var arguments = new JinjaCallArguments(_values, positional, named);
        return function switch
        {
            Macro macro => Call(macro, positional, named),
            JinjaFunction { Owner: null } own => CallFunction(own.Name, arguments),
            JinjaFunction method => JinjaMethods.Call(_values, method, arguments),
            JinjaLoopMethod method => method.Call(_values, positional),
            JinjaUndefined missing => throw new JinjaRefusal(Absent(missing.Name)),
            _ => throw new JinjaRefusal($"{JinjaValues.TypeName(function)} cannot be called"),
        };
    }

    private static string Absent(string name) => name == "strftime_now"
        ? "'strftime_now' is not given to templates: the same run would read other prompts on another day"
        : $"'{name}' is not defined and cannot be called";

    private object? CallFunction(string name, JinjaCallArguments arguments)
    {
        switch (name)
        {
            case "raise_exception":
                throw new JinjaRefusal($"the template refuses this conversation: {_values.Text(arguments.Required(0, "message"))}");
            case "strftime_now":
                return PythonTime.Format(_now!.Value, arguments.Text(0, "format"));
            case "range":
                return Range(arguments);
            default:
                var from = arguments.At(0) as JinjaDict;
                var pairs = (from?.Pairs ?? [])
                    .Concat(arguments.Named.Select(pair => new KeyValuePair<object, object?>(pair.Key, pair.Value)));
                if (name == "dict")
                {
                    var dict = new JinjaDict([]);
                    foreach (var (key, value) in pairs)
                    {
                        dict.Pairs[key] = value;
                    }

                    return dict;
                }

                var space = new JinjaNamespace();
                foreach (var (key, value) in pairs)
                {
                    space.Members[key as string ?? throw new JinjaRefusal("a namespace has names as keys")] = value;
                }

                return space;
        }
    }

    private JinjaList Range(JinjaCallArguments arguments)
    {
        const int Most = 100_000;
        var numbers = Enumerable.Range(0, arguments.Count).Select(i => JinjaValues.Whole(arguments.At(i))).ToList();
        var (start, stop, step) = numbers switch
        {
            [var only] => (0, only, 1),
            [var first, var last] => (first, last, 1),
            [var first, var last, var stride] when stride != 0 => (first, last, stride),
            _ => throw new JinjaRefusal("range() takes one to three whole numbers, the step not 0"),
        };
        var count = step > 0 ? ((decimal)stop - start + step - 1) / step : ((decimal)start - stop - step - 1) / -(decimal)step;
        if (count >= Most + 1)
        {
            throw new JinjaRefusal(Invariant($"range() of more than {Most:N0} numbers"));
        }

        _values.Spend(Math.Max(0, (long)count));
        return new JinjaList([.. Enumerable.Range(0, Math.Max(0, (int)count)).Select(i => (object?)(start + (i * step)))]);
    }

    private string Call(Macro macro, List<object?> positional, Dictionary<string, object?> named)
    {
        var parameters = macro.Body.Parameters;
        if (positional.Count > parameters.Count)
        {
            throw new JinjaRefusal(
                Invariant($"the macro '{macro.Body.Name}' takes {parameters.Count} arguments, found {positional.Count}"));
        }

        var before = (_output, _scope);
        _output = new StringBuilder();
        _scope = new Scope(macro.Defined);
        for (var i = 0; i < parameters.Count; i++)
        {
            var (name, fallback) = parameters[i];
            var given = named.Remove(name, out var value);
            if (given && i < positional.Count)
            {
                throw new JinjaRefusal($"the macro '{macro.Body.Name}' gets '{name}' twice");
            }

            _scope.Names[name] = i < positional.Count ? positional[i] : given ? value : fallback is null ? new JinjaUndefined(name)
                : Evaluate(fallback);
        }

        if (named.Count > 0)
        {
            throw new JinjaRefusal($"the macro '{macro.Body.Name}' has no argument '{named.Keys.First()}'");
        }

        Execute(macro.Body.Body);
        var text = _output.ToString();
        (_output, _scope) = before;
        return text;
    }

    private object? Filtered(JinjaFilter filter, object? input)
    {
        // The filters of a block stand one in the other, the innermost without an input of its own.
        var value = filter.Input is JinjaFilter { } before && IsOfBlock(before) ? Filtered(before, input) : input;
        var (positional, named) = Arguments(filter.Arguments);
        _at = filter.At;
        return _builtins.Filter(filter.Name, value, new JinjaCallArguments(_values, positional, named));
    }

    private static bool IsOfBlock(JinjaFilter filter) => filter.Input is null || (filter.Input is JinjaFilter before && IsOfBlock(before));

    private bool Test(JinjaTest test)
    {
        var input = Evaluate(test.Input);
        var (positional, named) = Arguments(test.Arguments);
        _at = test.At;
        return _builtins.Test(test.Name, input, new JinjaCallArguments(_values, positional, named));
    }

    private object Unary(JinjaUnary unary)
    {
        var operand = Evaluate(unary.Operand);
        _at = unary.At;
        return unary.Operator switch
        {
            "not" => !JinjaValues.Truth(operand),
            "-" => operand is double number ? (object)-number : checked(-JinjaValues.Whole(operand)),
            _ => operand is double number ? (object)number : JinjaValues.Whole(operand),
        };
    }

    private object? Binary(JinjaBinary binary)
    {
        var left = Evaluate(binary.Left);
        if (binary.Operator is "and" or "or")
        {
            return JinjaValues.Truth(left) == (binary.Operator == "or") ? left : Evaluate(binary.Right);
        }

        var right = Evaluate(binary.Right);
        _at = binary.At;
        if (binary.Operator == "~")
        {
            return Joined(_values.Text(left), _values.Text(right));
        }

        return (binary.Operator, left, right) switch
        {
            ("+", string a, string b) => Joined(a, b),
            ("+", JinjaList a, JinjaList b) when a.IsTuple == b.IsTuple => Joined(a, b),
            ("*", string or JinjaList, long or bool) => Repeated(left, JinjaValues.Whole(right)),
            ("*", long or bool, string or JinjaList) => Repeated(right, JinjaValues.Whole(left)),
            _ when JinjaValues.IsNumber(left) && JinjaValues.IsNumber(right) => PythonNumbers.Calculate(binary.Operator, left!, right!),
            _ => throw new JinjaRefusal($"'{binary.Operator}' between {JinjaValues.TypeName(left)} and {JinjaValues.TypeName(right)}"),
        };
    }

    private string Joined(string left, string right)
    {
        _values.SpendText((long)left.Length + right.Length);
        return left + right;
    }

    private JinjaList Joined(JinjaList left, JinjaList right)
    {
        _values.Spend((long)left.Items.Count + right.Items.Count);
        return new JinjaList([.. left.Items, .. right.Items], left.IsTuple);
    }

    private object Repeated(object? value, long times)
    {
        var often = Math.Max(0, times);
        if (value is string text)
        {
            _values.SpendText(text.Length == 0 ? 0 : often > int.MaxValue ? long.MaxValue : often * text.Length);
            return text.Length == 0 ? text : string.Concat(Enumerable.Repeat(text, (int)often));
        }

        var list = (JinjaList)value!;
        _values.Spend(list.Items.Count == 0 ? 0 : often > int.MaxValue ? _limits.Steps + 1 : often * list.Items.Count);
        return new JinjaList([.. Enumerable.Range(0, list.Items.Count == 0 ? 0 : (int)often).SelectMany(_ => list.Items)], list.IsTuple);
    }

    private bool Comparison(JinjaComparison comparison)
    {
        var left = Evaluate(comparison.First);
        foreach (var (name, operand) in comparison.Rest)
        {
            var right = Evaluate(operand);
            _at = comparison.At;
            if (!_builtins.Compare(name, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}
