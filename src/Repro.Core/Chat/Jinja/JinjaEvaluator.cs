using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>Runs the statements of a template. It reaches nothing but the variables that it is given.</summary>
internal sealed class JinjaEvaluator
{
    private static readonly string[] _functions = ["range", "dict", "namespace", "raise_exception", "strftime_now"];
    private static readonly string[] _refusedNames = ["lipsum", "cycler", "joiner", "varargs", "kwargs", "caller", "self"];

    private readonly JinjaSource _source;
    private readonly JinjaLimits _limits;
    private readonly DateTime? _now;
    private readonly JinjaValues _values;
    private readonly JinjaBuiltins _builtins;
    private readonly List<(int Start, int End)> _generated = [];
    private readonly StringBuilder _root = new();
    private StringBuilder _output;
    private Scope _scope;
    private int _at;

    private JinjaEvaluator(JinjaSource source, JinjaLimits limits, DateTime? now, IReadOnlyDictionary<string, object?> variables)
    {
        (_source, _limits, _now, _output) = (source, limits, now, _root);
        _values = new JinjaValues(limits);
        _builtins = new JinjaBuiltins(_values, Member);
        _scope = new Scope(null);
        foreach (var (name, value) in variables)
        {
            _scope.Names[name] = value;
        }
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>The text that a template gives, and where <c>{% generation %}</c> blocks stand in it.</summary>
    /// <param name="source">For complaints.</param>
    /// <param name="body">The template.</param>
    /// <param name="variables">What it may read.</param>
    /// <param name="limits">What it may use.</param>
    /// <param name="now">What <c>strftime_now</c> tells; null where there is no such function.</param>
    internal static (string Text, IReadOnlyList<(int Start, int End)> Generated) Run(
        JinjaSource source,
        IReadOnlyList<JinjaStatement> body,
        IReadOnlyDictionary<string, object?> variables,
        JinjaLimits limits,
        DateTime? now)
    {
        var evaluator = new JinjaEvaluator(source, limits, now, variables);
        try
        {
            evaluator.Execute(body);
            return (evaluator._root.ToString(), evaluator._generated);
        }
        catch (JinjaRefusal refusal)
        {
            throw source.Error(evaluator._at, refusal.Message);
        }
        catch (InvalidOperationException sorting) when (sorting.InnerException is JinjaRefusal refusal)
        {
            throw source.Error(evaluator._at, refusal.Message);
        }
        catch (InsufficientExecutionStackException)
        {
            throw source.Error(evaluator._at, "nested too deep");
        }
        catch (OverflowException)
        {
            throw source.Error(evaluator._at, "whole numbers beyond 64 bits are not supported");
        }
    }

    private Flow Execute(IReadOnlyList<JinjaStatement> body)
    {
        _values.Enter();
        foreach (var statement in body)
        {
            _at = statement.At;
            _values.Spend(1);
            var flow = Execute(statement);
            if (flow != Flow.Next)
            {
                _values.Leave();
                return flow;
            }
        }

        _values.Leave();
        return Flow.Next;
    }

    private Flow Execute(JinjaStatement statement)
    {
        switch (statement)
        {
            case JinjaText text:
                Write(text.Text);
                return Flow.Next;
            case JinjaOutput output:
                var value = Evaluate(output.Value);
                _at = output.At;
                Write(_values.Text(value));
                return Flow.Next;
            case JinjaIf choice:
                return If(choice);
            case JinjaFor loop:
                For(loop);
                return Flow.Next;
            case JinjaSet set:
                Assign(set.Target, Evaluate(set.Value));
                return Flow.Next;
            case JinjaSetBlock set:
                var captured = Captured(set.Body);
                Assign(set.Target, set.Filter is null ? captured : Filtered(set.Filter, captured));
                return Flow.Next;
            case JinjaFilterBlock block:
                var inner = Captured(block.Body);
                Write(_values.Text(Filtered(block.Filter, inner)));
                return Flow.Next;
            case JinjaMacro macro:
                _scope.Names[macro.Name] = new Macro(macro, _scope);
                return Flow.Next;
            case JinjaWith with:
                return With(with);
            case JinjaGeneration generation:
                return Generation(generation);
            case JinjaBreak:
                return Flow.Break;
            default:
                return Flow.Continue;
        }
    }

    private void Write(string text)
    {
        _values.SpendText((long)_output.Length + text.Length > _limits.Characters ? (long)_output.Length + text.Length : text.Length);
        _output.Append(text);
    }

    private Flow If(JinjaIf choice)
    {
        foreach (var (test, body) in choice.Branches)
        {
            if (JinjaValues.Truth(Evaluate(test)))
            {
                return Execute(body);
            }
        }

        return Execute(choice.Else);
    }

    private Flow With(JinjaWith with)
    {
        // Values of one 'with' do not see each other.
        var values = with.Values.Select(pair => (pair.Target, Evaluate(pair.Value))).ToList();
        using var inner = new InScope(this, _scope);
        foreach (var (target, value) in values)
        {
            Assign(target, value);
        }

        return Execute(with.Body);
    }

    private Flow Generation(JinjaGeneration generation)
    {
        var start = _output.Length;
        using var inner = new InScope(this, _scope);
        var flow = Execute(generation.Body);
        if (ReferenceEquals(_output, _root))
        {
            _generated.Add((start, _output.Length));
        }

        return flow;
    }

    private void For(JinjaFor loop)
    {
        var outer = _scope;
        var items = Evaluate(loop.Items);
        _at = loop.At;
        using var state = new JinjaLoop(Chosen(loop, _values.Items(items), outer).GetEnumerator());
        while (state.Next())
        {
            _values.Spend(1);
            using var inner = new InScope(this, outer);
            _scope.Names["loop"] = state;
            Assign(loop.Target, state.Current);
            if (Execute(loop.Body) == Flow.Break)
            {
                break;
            }
        }

        if (state.Index < 0)
        {
            Execute(loop.Else);
        }
    }

    // One item after another, as the loop asks for them: the body of the loop may change what the condition reads.
    private IEnumerable<object?> Chosen(JinjaFor loop, IEnumerable<object?> items, Scope outer)
    {
        foreach (var item in items)
        {
            _values.Spend(1);
            if (loop.Filter is null || Passes(loop, item, outer))
            {
                yield return item;
            }
        }
    }

    private bool Passes(JinjaFor loop, object? item, Scope outer)
    {
        using var inner = new InScope(this, outer);
        Assign(loop.Target, item);
        return JinjaValues.Truth(Evaluate(loop.Filter!));
    }

    private string Captured(IReadOnlyList<JinjaStatement> body)
    {
        var before = _output;
        _output = new StringBuilder();
        using var inner = new InScope(this, _scope);
        Execute(body);
        var text = _output.ToString();
        _output = before;
        return text;
    }

    private void Assign(JinjaTarget target, object? value)
    {
        _at = target.At;
        if (target.Parts is { } parts)
        {
            var items = _values.ToList(value);
            if (items.Count != parts.Count)
            {
                throw new JinjaRefusal(Invariant($"{items.Count} values for {parts.Count} names"));
            }

            for (var i = 0; i < parts.Count; i++)
            {
                Assign(parts[i], items[i]);
            }
        }
        else if (target.Member is null)
        {
            _scope.Names[target.Name] = value;
        }
        else
        {
            var owner = Variable(target.Name) as JinjaNamespace
                ?? throw new JinjaRefusal($"'{target.Name}' is no namespace; only members of a namespace can be set");
            owner.Members[target.Member] = value;
        }
    }

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

    private sealed record Macro(JinjaMacro Body, Scope Defined);

    private sealed class Scope(Scope? parent)
    {
        internal Scope? Parent { get; } = parent;

        internal Dictionary<string, object?> Names { get; } = new(StringComparer.Ordinal);
    }

    // A scope of its own until it is disposed.
    private readonly struct InScope : IDisposable
    {
        private readonly JinjaEvaluator _owner;
        private readonly Scope _before;

        internal InScope(JinjaEvaluator owner, Scope parent)
        {
            (_owner, _before) = (owner, owner._scope);
            owner._scope = new Scope(parent);
        }

        public void Dispose() => _owner._scope = _before;
    }
}

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class JinjaLoop(IEnumerator<object?> items) : IDisposable
{
    private readonly Queue<object?> _ahead = new();
    private object? _before;
    private object? _changed = new();

    internal object? Current { get; private set; }

    internal int Index { get; private set; } = -1;

    public void Dispose() => items.Dispose();

    internal bool Next()
    {
        var before = Current;
        if (_ahead.Count == 0 && !items.MoveNext())
        {
            return false;
        }

        Current = _ahead.Count > 0 ? _ahead.Dequeue() : items.Current;
        _before = before;
        Index++;
        return true;
    }

    internal object? Member(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "first" => Index == 0,
        "last" => !HasAhead(1),
        "length" => Length(),
        "revindex" => Length() - Index,
        "revindex0" => Length() - Index - 1,
        "previtem" => Index == 0 ? new JinjaUndefined("there is no previous item") : _before,
        "nextitem" => HasAhead(1) ? _ahead.Peek() : new JinjaUndefined("there is no next item"),
        "depth" => 1L,
        "depth0" => 0L,
        "cycle" or "changed" => new JinjaLoopMethod(this, name),
        _ => throw new JinjaRefusal($"'loop.{name}' is not supported"),
    };

    internal bool HasChanged(JinjaValues values, JinjaList value)
    {
        var changed = _changed is not JinjaList before || !values.Equal(before, value);
        _changed = value;
        return changed;
    }

    private bool HasAhead(int count)
    {
        while (_ahead.Count < count && items.MoveNext())
        {
            _ahead.Enqueue(items.Current);
        }

        return _ahead.Count >= count;
    }

    private long Length()
    {
        HasAhead(int.MaxValue);
        return Index + 1L + _ahead.Count;
    }
}

/// <summary><c>loop.cycle</c> and <c>loop.changed</c>.</summary>
internal sealed record JinjaLoopMethod(JinjaLoop Loop, string Name)
{
    internal object? Call(JinjaValues values, IReadOnlyList<object?> arguments) => Name == "changed"
        ? Loop.HasChanged(values, new JinjaList(arguments))
        : arguments.Count > 0 ? arguments[Loop.Index % arguments.Count] : throw new JinjaRefusal("loop.cycle() needs values");
}

/// <summary>Arithmetic as Python has it.</summary>
internal static class PythonNumbers
{
    internal static object Calculate(string name, object left, object right)
    {
        if (left is not double && right is not double && name != "/")
        {
            var (a, b) = (JinjaValues.Whole(left), JinjaValues.Whole(right));
            return checked(name switch
            {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "//" => b == 0 ? throw new JinjaRefusal("division by 0") : (object)FloorDivide(a, b),
                "%" => b == 0 ? throw new JinjaRefusal("division by 0") : b == -1 ? 0L : a - (FloorDivide(a, b) * b),
                _ => Power(a, b),
            });
        }

        var (x, y) = (JinjaValues.Float(left), JinjaValues.Float(right));
        return name switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "**" => Math.Pow(x, y),
            _ when y == 0 => throw new JinjaRefusal("division by 0"),
            "/" => x / y,
            "//" => Math.Floor(x / y),
            _ => x - (Math.Floor(x / y) * y),
        };
    }

    private static long FloorDivide(long a, long b)
    {
        var quotient = checked(a / b);
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }

    private static object Power(long number, long power)
    {
        if (power < 0)
        {
            return Math.Pow(number, power);
        }

        var result = System.Numerics.BigInteger.One;
        for (var i = 0L; i < power && number is not (0 or 1 or -1); i++)
        {
            result *= number;
            if (System.Numerics.BigInteger.Abs(result) > long.MaxValue)
            {
                throw new OverflowException();
            }
        }

        return number switch
        {
            0 => power == 0 ? 1L : 0L,
            1 => 1L,
            -1 => power % 2 == 0 ? 1L : -1L,
            _ => (long)result,
        };
    }
}

/// <summary>Times as Python's <c>strftime</c> writes them, in English.</summary>
internal static class PythonTime
{
    internal static string Format(DateTime time, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            text.Append(format[i] == '%' && i + 1 < format.Length ? Field(time, format[++i]) : format[i].ToString());
        }

        return text.ToString();
    }

    private static string Field(DateTime time, char field)
    {
        var pattern = field switch
        {
            'd' => "dd",
            'm' => "MM",
            'Y' => "yyyy",
            'y' => "yy",
            'b' => "MMM",
            'B' => "MMMM",
            'a' => "ddd",
            'A' => "dddd",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            '%' => "%%",
            _ => throw new JinjaRefusal($"strftime_now: '%{field}' is not supported"),
        };
        return field == '%' ? "%" : time.ToString(pattern, CultureInfo.InvariantCulture);
    }
}
