using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Repro.Core.Configuration;

namespace Repro.Experiments.Cli;

/// <summary>
/// Reads options that take a number with decimals. System.CommandLine reads them in the culture of the user: in a German one <c>--top-p 0.25</c> is 25.
/// </summary>
internal static class DecimalOption
{
    internal static double? Read(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        argument.AddError($"{((OptionResult)argument.Parent!).Option.Name}: '{text}' was found; a number such as 0.5 was expected.");
        return null;
    }

    /// <summary>Refuses numbers out of a range with the name of the option, before anything is loaded.</summary>
    /// <param name="option">An option that takes one number.</param>
    /// <param name="range">What it takes.</param>
    internal static Option<T> Limit<T>(this Option<T> option, NumberRangeAttribute range)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !range.Holds(number))
            {
                result.AddError($"{option.Name} must be {range.Words}, found '{text}'{(range.Instead is { } instead ? $"; {instead}" : string.Empty)}.");
            }
        });
        return option;
    }
}
