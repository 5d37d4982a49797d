using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs;

/// <summary>The rule of the released evaluation that lowers small probabilities.</summary>
internal static partial class ScoreAdjustment
{
    /// <summary>Bound below which a probability is lowered, and by how much, from <c>p &lt; 0.46 -&gt; p - 0.12</c>.</summary>
    /// <exception cref="InputException">The rule reads otherwise.</exception>
    internal static (double Bound, double Shift) Parse(string rule)
    {
        var match = Rule().Match(rule);
        return match.Success
            ? (double.Parse(match.Groups["bound"].Value, CultureInfo.InvariantCulture), double.Parse(match.Groups["shift"].Value, CultureInfo.InvariantCulture))
            : throw new InputException($"setting 'eval_code.low_score_hack' is '{rule}', expected 'p < BOUND -> p - SHIFT'");
    }

    [GeneratedRegex(@"^p < (?<bound>[0-9.]+) -> p - (?<shift>[0-9.]+)")]
    private static partial Regex Rule();
}
