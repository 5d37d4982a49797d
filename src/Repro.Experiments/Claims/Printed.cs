using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;

namespace Repro.Experiments.Claims;

/// <summary>
/// A number as a paper prints it. It can be used in two ways only, and each use is recorded: as the target of a comparison
/// (<see cref="EvidenceBuilder.Compare(string, Printed, double, double)"/>) or as an input to a recomputation (<see cref="AsInput"/>).
/// Evidence that uses one number in both ways is rejected, so no printed number can flow into its own recomputation.
/// </summary>
public sealed partial class Printed
{
    private readonly double _value;
    private readonly UsageLog _usage;

    internal Printed(string key, string text, UsageLog usage, string source)
    {
        Key = key;
        Text = text;
        _usage = usage;
        (_value, Decimals) = Parse(text, source);
    }

    /// <summary>Where the number stands, such as <c>published/crs/table-16#abs_rlhf/sft</c>.</summary>
    public string Key { get; }

    /// <summary>The number as printed, such as <c>4.90%</c>.</summary>
    public string Text { get; }

    /// <summary>Digits after the decimal point as printed: 2 for <c>4.90%</c>.</summary>
    public int Decimals { get; }

    /// <summary>Half a unit of the last printed place: by how much rounding alone may have moved the number.</summary>
    public double HalfUnit => 0.5 * Math.Pow(10, -Decimals);

    /// <summary>The number as an input to a recomputation of something else.</summary>
    public double AsInput()
    {
        _usage.Input(Key);
        return _value;
    }

    /// <summary>The number as a rate in [0, 1], from a percentage, as an input.</summary>
    public double AsRateInput() => AsInput() / 100;

    internal double AsTarget()
    {
        _usage.Target(Key);
        return _value;
    }

    private static (double Value, int Decimals) Parse(string text, string source)
    {
        // What .NET would read as a number is wider than what a paper prints: a slip of typing must not pass for one.
        var match = Number().Match(text.Trim().Replace("−", "-", StringComparison.Ordinal));
        var value = match.Success ? double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) : double.NaN;
        if (!double.IsFinite(value))
        {
            throw new ReproException($"{source}: '{text}' is not a number as printed (expected something like 66, 4.90% or -0.5)");
        }

        var exponent = match.Groups["exponent"] is { Success: true } power ? int.Parse(power.Value, CultureInfo.InvariantCulture) : 0;
        return (value, Math.Max(0, match.Groups["places"].Length - exponent));
    }

    [GeneratedRegex(@"^(?<number>[-+]?([0-9]+(\.(?<places>[0-9]+))?|\.(?<places>[0-9]+))([eE](?<exponent>[-+]?[0-9]{1,3}))?)\s?%?$")]
    private static partial Regex Number();
}

/// <summary>Records, for one run of one spec, which printed numbers were targets and which were inputs, and which files were
/// read.</summary>
internal sealed class UsageLog
{
    private readonly SortedSet<string> _inputs = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _targets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    internal IReadOnlyCollection<string> Inputs => _inputs;

    internal IReadOnlyCollection<string> Targets => _targets;

    internal IReadOnlyDictionary<string, string> Files => _files;

    internal void Input(string key) => _inputs.Add(key);

    internal void Target(string key) => _targets.Add(key);

    internal void File(string path, string sha256) => _files[path] = sha256;
}
