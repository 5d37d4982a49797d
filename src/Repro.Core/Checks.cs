using System.Runtime.CompilerServices;

namespace Repro.Core;

/// <summary>Argument checks whose messages name the argument, its value and what was expected.</summary>
internal static class Checks
{
    public static void AtLeast(int value, int minimum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < minimum)
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be at least {minimum}, was {value}."));
        }
    }

    public static void Count(int successes, int trials, string successesName, string trialsName)
    {
        AtLeast(trials, 1, trialsName);
        if (successes < 0 || successes > trials)
        {
            throw new ArgumentOutOfRangeException(
                successesName, Invariant($"{successesName} must be between 0 and {trialsName} = {trials}, was {successes}."));
        }
    }

    public static void Probability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && value <= 1))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be between 0 and 1, was {value}."));
        }
    }

    public static void OpenUnit(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0 && value < 1))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be above 0 and below 1, was {value}."));
        }
    }

    public static void Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite, was {value}."));
        }
    }

    /// <summary>At least <paramref name="minimum"/> values, all finite.</summary>
    public static void Values(ReadOnlySpan<double> values, string name, int minimum = 1)
    {
        if (values.Length < minimum)
        {
            throw new ArgumentException(Invariant($"{name} must hold at least {minimum} value(s), held {values.Length}."), name);
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new ArgumentException(Invariant($"{name}[{i}] must be finite, was {values[i]}."), name);
            }
        }
    }

    public static void SameLength(int first, int second, string firstName, string secondName)
    {
        if (first != second)
        {
            throw new ArgumentException(Invariant($"{secondName} must be as long as {firstName} ({first}), held {second}."), secondName);
        }
    }
}
