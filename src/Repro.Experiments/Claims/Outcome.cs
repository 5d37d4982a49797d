namespace Repro.Experiments.Claims;

/// <summary>What one finding says.</summary>
public enum Outcome
{
    /// <summary>Agrees at the printed precision, or the condition is true.</summary>
    Agrees,

    /// <summary>Agrees once rounding or truncation is allowed for.</summary>
    AgreesWithinRounding,

    /// <summary>Disagrees, or the condition is false.</summary>
    Disagrees,

    /// <summary>The data do not decide.</summary>
    Undecided,

    /// <summary>A reservation under which the rest is to be read.</summary>
    Reservation,

    /// <summary>An input that is not to be had.</summary>
    Absent,
}
