namespace Repro.Core.Chat.Jinja;

/// <summary>What a template may use at most. A template that needs more is refused.</summary>
/// <param name="Steps">Operations; sixteen characters of a text count as one.</param>
/// <param name="Characters">Characters of one text, the result included.</param>
/// <param name="Nesting">Expressions, statements and macros inside each other, and nesting of data.</param>
internal sealed record JinjaLimits(long Steps = 5_000_000, int Characters = 8_000_000, int Nesting = 250);

/// <summary>Why a template cannot go on; the evaluator adds the place.</summary>
internal sealed class JinjaRefusal(string message) : Exception(message);

/// <summary>A name, member or item that is not there. It prints as nothing and is false; any other use is refused.</summary>
/// <param name="Name">What was asked for.</param>
internal sealed record JinjaUndefined(string Name);

/// <summary>A list or tuple.</summary>
internal sealed class JinjaList(IReadOnlyList<object?> items, bool isTuple = false)
{
    internal IReadOnlyList<object?> Items { get; } = items;

    internal bool IsTuple { get; } = isTuple;
}

/// <summary>What a filter such as <c>map</c> gives: it can be gone through, has no length and is always true, as a generator of
/// Python.</summary>
internal sealed class JinjaSequence(IEnumerable<object?> items)
{
    internal IEnumerable<object?> Items { get; } = items;
}

/// <summary>A dictionary; keys keep the order in which they came and are texts or whole numbers.</summary>
internal sealed class JinjaDict(IEnumerable<KeyValuePair<object, object?>> pairs)
{
    internal OrderedDictionary<object, object?> Pairs { get; } = new(pairs);

    internal static JinjaDict From(params (string Key, object? Value)[] pairs) =>
        new(pairs.Select(pair => new KeyValuePair<object, object?>(pair.Key, pair.Value)));
}

/// <summary>What <c>namespace()</c> makes: the only thing whose members can be set.</summary>
internal sealed class JinjaNamespace
{
    internal Dictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something that can be called: a function of the environment, or a method with what it belongs to.</summary>
internal sealed record JinjaFunction(string Name, object? Owner = null);
