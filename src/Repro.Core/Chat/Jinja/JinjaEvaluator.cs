using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>Runs the statements of a template. It reaches nothing but the variables that it is given.</summary>
internal sealed partial class JinjaEvaluator
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
