using System.CommandLine.Parsing;
using System.Globalization;

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
}
