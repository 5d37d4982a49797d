namespace Repro.Core.Chat.Jinja;

/// <summary>What a call was given.</summary>
internal sealed class JinjaCallArguments(JinjaValues values, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
{
    internal int Count => positional.Count;

    internal IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>An argument by place; none where there are fewer.</summary>
    internal object? At(int place) => place < positional.Count ? positional[place] : null;

    internal bool Has(int place, string name) => place < positional.Count || named.ContainsKey(name);

    internal object? Optional(int place, string name, object? fallback = null) =>
        place < positional.Count ? positional[place] : named.TryGetValue(name, out var value) ? value : fallback;

    internal object? Required(int place, string name) =>
        Has(place, name) ? Optional(place, name) : throw new JinjaRefusal($"the argument '{name}' is missing");

    internal string Text(int place, string name) => Required(place, name) as string
        ?? throw new JinjaRefusal($"'{name}' must be a text, found {JinjaValues.TypeName(Optional(place, name))}");

    internal string? OptionalText(int place, string name) => Optional(place, name) is null ? null : Text(place, name);

    internal int Number(int place, string name, int fallback) =>
        Has(place, name) && Optional(place, name) is { } value ? (int)Math.Clamp(JinjaValues.Whole(value), int.MinValue, int.MaxValue)
            : fallback;

    internal bool Flag(int place, string name, bool fallback = false) =>
        Has(place, name) ? JinjaValues.Truth(Optional(place, name)) : fallback;

    /// <summary>Those behind the first ones.</summary>
    internal JinjaCallArguments After(int count) => new(values, [.. positional.Skip(count)], named);

    /// <summary>Refuses arguments beside those that are known.</summary>
    internal JinjaCallArguments Known(int most, params string[] names)
    {
        if (positional.Count > most)
        {
            throw new JinjaRefusal(Invariant($"at most {most} arguments are supported, found {positional.Count}"));
        }

        return named.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown
            ? throw new JinjaRefusal($"the argument '{unknown}' is not supported")
            : this;
    }
}
