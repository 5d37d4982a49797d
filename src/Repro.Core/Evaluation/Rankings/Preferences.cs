namespace Repro.Core.Evaluation.Rankings;

/// <summary>AlpacaEval's preferences: 1 = the baseline is better, 2 = the model is better, 0 or 1.5 = draw, values between = degrees.</summary>
internal static class Preferences
{
    public const double Draw = 1.5;

    /// <summary>The preference as a number from 1 to 2; null when the annotation failed (null, NaN) or the value is out of range.</summary>
    public static double? Read(double? preference, ScoringRule rule)
    {
        var value = preference is 0 ? Draw : preference;
        if (!(value >= 1 && value <= 2))
        {
            return null;
        }

        return rule == ScoringRule.ZeroOne && value != Draw ? Math.Round(value.Value) : value;
    }

    public static void Check(ScoringRule rule)
    {
        if (!Enum.IsDefined(rule))
        {
            throw new ArgumentOutOfRangeException(nameof(rule), $"rule must be Absolute, Squared or ZeroOne, was {rule}.");
        }
    }
}
