using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>Compares run names part by part: names of one kind have the same parts in the same order.</summary>
public static class RunNameParts
{
    /// <summary>The parts in which two names differ, each with the part before it, which names the setting.</summary>
    /// <param name="first">A name such as <c>bs16_kl_002</c>.</param>
    /// <param name="second">Another with as many parts.</param>
    /// <returns>Setting and both values; empty for equal names.</returns>
    /// <exception cref="InputException">The names have different numbers of parts.</exception>
    public static IReadOnlyList<(string Setting, string First, string Second)> Differences(string first, string second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (a, b) = (first.Split('_'), second.Split('_'));
        return a.Length == b.Length
            ? [.. Enumerable.Range(0, a.Length).Where(i => a[i] != b[i]).Select(i => (i == 0 ? string.Empty : a[i - 1], a[i], b[i]))]
            : throw new InputException($"run names '{first}' and '{second}' have {a.Length} and {b.Length} parts, expected the same number");
    }
}
