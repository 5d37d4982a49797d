namespace Repro.Core.Losses;

/// <summary>A coefficient that stays.</summary>
/// <param name="coefficient">Not negative.</param>
public sealed class FixedKlController(double coefficient) : KlController(coefficient)
{
    /// <inheritdoc/>
    protected override double Next(double kl, long samples) => Coefficient;
}
