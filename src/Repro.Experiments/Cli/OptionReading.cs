using System.CommandLine;
using System.Globalization;
using Repro.Core;
using Repro.Core.Configuration;

namespace Repro.Experiments.Cli;

/// <summary>Options that take a name out of a few. System.CommandLine takes numbers for them too and names .NET types where it
/// complains.</summary>
internal static class ChoiceOption
{
    internal static Option<T?> Choice<T>(this Option<T?> option)
        where T : struct, Enum
    {
        option.CustomParser = argument =>
        {
            var text = argument.Tokens.Single().Value;
            if (Enum.GetNames<T>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found)
            {
                return Enum.Parse<T>(found);
            }

            var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToList();
            argument.AddError($"{option.Name} must be one of {string.Join(", ", names)}, found '{text}'{Suggestion.Ending(text, names)}");
            return null;
        };
        return option;
    }
}

/// <summary>Options that take numbers. System.CommandLine reads them in the culture of the user (in a German one <c>--top-p 0.25</c> is 25)
/// and names .NET types where it cannot.</summary>
internal static class NumberOption
{
    /// <summary>Reads the number whatever the culture, and refuses one out of a range with the name of the option, before anything is
    /// loaded.</summary>
    /// <param name="option">An option that takes one number.</param>
    /// <param name="range">What it takes; null for every number of its type.</param>
    internal static Option<T> Limit<T>(this Option<T> option, NumberRangeAttribute? range)
    {
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        option.CustomParser = argument =>
        {
            var text = argument.Tokens.Single().Value;
            if (Read(text, type) is { } number)
            {
                return (T)number;
            }

            argument.AddError(Complaint(option.Name, text, type));
            return default!;
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Read(text, type) is { } number
                && !(range?.Holds(Convert.ToDouble(number, CultureInfo.InvariantCulture)) ?? true))
            {
                var instead = range.Instead is { } words ? $"; {words}" : string.Empty;
                result.AddError($"{option.Name} must be {range.Words}, found '{text}'{instead}.");
            }
        });
        return option;
    }

    private static object? Read(string text, Type type)
    {
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        var culture = CultureInfo.InvariantCulture;
        return type == typeof(double) ? double.TryParse(text, NumberStyles.Float, culture, out var real) ? real : null
            : type == typeof(long) ? long.TryParse(text, Whole, culture, out var wide) ? wide : null
            : int.TryParse(text, Whole, culture, out var whole) ? whole : null;
    }

    private static string Complaint(string name, string text, Type type) => type == typeof(double)
        ? $"{name}: '{text}' was found; a number such as 0.5 was expected."
        : Invariant($"{name}: '{text}' was found; a whole number of at most ")
            + Invariant($"{(type == typeof(int) ? int.MaxValue : long.MaxValue)} was expected.");
}
