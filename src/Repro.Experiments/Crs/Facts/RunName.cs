using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Settings that the released names of runs and adapters carry: <c>bs64</c>, <c>ep_1</c>, <c>kl_002</c>, <c>s_075</c>.</summary>
internal static class RunName
{
    /// <summary>A whole number after a tag, such as 64 of <c>bs64</c>.</summary>
    /// <param name="name">The run name.</param>
    /// <param name="tag">The tag, such as <c>bs</c>.</param>
    /// <exception cref="ReproException">The name does not carry the tag exactly once.</exception>
    public static int Integer(string name, string tag) => int.Parse(Digits(name, tag), CultureInfo.InvariantCulture);

    /// <summary>A decimal number after a tag, written without its point: 0.02 of <c>kl_002</c>, 0.4 of <c>clip_04</c>.</summary>
    /// <param name="name">The run name.</param>
    /// <param name="tag">The tag, such as <c>kl</c>.</param>
    /// <exception cref="ReproException">The name does not carry the tag exactly once, or the digits do not start with 0.</exception>
    public static double Fraction(string name, string tag)
    {
        var digits = Digits(name, tag);
        return digits.StartsWith('0')
            ? double.Parse($"0.{digits[1..]}0", CultureInfo.InvariantCulture)
            : throw new ReproException($"run name '{name}': '{tag}' is followed by {digits}, expected a number that starts with 0");
    }

    private static string Digits(string name, string tag)
    {
        ArgumentNullException.ThrowIfNull(name);
        var found = Regex.Matches(name, $"(?:^|_){Regex.Escape(tag)}_?([0-9]+)(?=_|$)");
        return found.Count == 1
            ? found[0].Groups[1].Value
            : throw new ReproException($"run name '{name}': expected the tag '{tag}' once, found {found.Count}");
    }
}

/// <summary>Compares run names part by part: names of one kind have the same parts in the same order.</summary>
internal static class RunNameParts
{
    /// <summary>The parts in which two names differ, each with the part before it, which names the setting.</summary>
    /// <param name="first">A name such as <c>bs16_kl_002</c>.</param>
    /// <param name="second">Another with as many parts.</param>
    /// <returns>Setting and both values; empty for equal names.</returns>
    /// <exception cref="ReproException">The names have different numbers of parts.</exception>
    public static IReadOnlyList<(string Setting, string First, string Second)> Differences(string first, string second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (a, b) = (first.Split('_'), second.Split('_'));
        return a.Length == b.Length
            ? [.. Enumerable.Range(0, a.Length).Where(i => a[i] != b[i]).Select(i => (i == 0 ? string.Empty : a[i - 1], a[i], b[i]))]
            : throw new ReproException(
                $"run names '{first}' and '{second}' have {a.Length} and {b.Length} parts, expected the same number");
    }
}
