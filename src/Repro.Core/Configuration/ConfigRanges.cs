namespace Repro.Core.Configuration;

/// <summary>Which numbers a setting takes. On a list or a mapping it holds for every number in it. Infinity and NaN are never
/// taken.</summary>
/// <param name="minimum">The lower bound.</param>
/// <param name="maximum">The upper bound; infinity for none.</param>
[AttributeUsage(AttributeTargets.Property)]
public abstract class NumberRangeAttribute(double minimum, double maximum) : Attribute
{
    /// <summary>The lower bound.</summary>
    public double Minimum { get; } = minimum;

    /// <summary>The upper bound; infinity for none.</summary>
    public double Maximum { get; } = maximum;

    /// <summary>Whether the lower bound itself is refused.</summary>
    public bool AboveMinimum { get; init; }

    /// <summary>Whether the upper bound itself is refused.</summary>
    public bool BelowMaximum { get; init; }

    /// <summary>What to write instead where people mean something by a number outside, such as 0 for "no limit"; null for
    /// nothing.</summary>
    public string? Instead { get; init; }

    /// <summary>The range in words, to follow "must be".</summary>
    public string Words => double.IsPositiveInfinity(Maximum) ? Invariant($"{(AboveMinimum ? "above" : "at least")} {Minimum}")
        : !AboveMinimum && !BelowMaximum ? Invariant($"from {Minimum} to {Maximum}")
        : Invariant($"{(AboveMinimum ? "above" : "from")} {Minimum}{(AboveMinimum ? " and" : " to")} ")
            + Invariant($"{(BelowMaximum ? "below" : "at most")} {Maximum}");

    /// <summary>Whether a number is taken.</summary>
    /// <param name="number">Any number.</param>
    public bool Holds(double number) =>
        double.IsFinite(number) && (AboveMinimum ? number > Minimum : number >= Minimum)
            && (BelowMaximum ? number < Maximum : number <= Maximum);
}

/// <summary>The bound and every number above it.</summary>
/// <param name="minimum">The lower bound.</param>
public sealed class AtLeastAttribute(double minimum) : NumberRangeAttribute(minimum, double.PositiveInfinity);

/// <summary>Every number above the bound, not the bound itself.</summary>
public sealed class AboveAttribute : NumberRangeAttribute
{
    /// <summary>Numbers above a bound.</summary>
    /// <param name="minimum">The bound.</param>
    public AboveAttribute(double minimum)
        : base(minimum, double.PositiveInfinity)
    {
        AboveMinimum = true;
    }
}

/// <summary>The numbers between two bounds, both included unless the attribute excludes one.</summary>
/// <param name="minimum">The lower bound.</param>
/// <param name="maximum">The upper bound.</param>
public sealed class WithinAttribute(double minimum, double maximum) : NumberRangeAttribute(minimum, maximum);

/// <summary>Settings that are checked against each other after each was read by itself.</summary>
internal interface ICheckedSettings
{
    /// <summary>What does not fit together, as a sentence without its end; null where all does.</summary>
    string? Problem { get; }
}

/// <summary>The same check for settings that a program makes.</summary>
internal static class CheckedSettings
{
    /// <exception cref="ReproException">Something does not fit together.</exception>
    internal static void RequireFitting(this ICheckedSettings settings)
    {
        if (settings.Problem is { } problem)
        {
            throw new ReproException(problem + ".");
        }
    }
}
