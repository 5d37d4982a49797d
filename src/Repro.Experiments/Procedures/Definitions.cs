using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>A printed number that may follow from another definition than the stated one.</summary>
public static class Definitions
{
    /// <summary>
    /// Compares a printed number with the definition that the paper states. Where that does not give it but one of the alternatives does, the
    /// comparison is made with that alternative and a reservation says so. The numbers of all definitions are recorded.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">What is compared.</param>
    /// <param name="published">The printed number.</param>
    /// <param name="stated">The stated definition and its number; the name must be unique within the evidence.</param>
    /// <param name="alternatives">Other definitions, the likeliest first.</param>
    public static EvidenceBuilder CompareUnder(
        this EvidenceBuilder evidence,
        string name,
        Printed published,
        (string Definition, double Value) stated,
        params IReadOnlyList<(string Definition, double Value)> alternatives)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(published);
        ArgumentNullException.ThrowIfNull(alternatives);
        foreach (var (definition, value) in alternatives.Prepend(stated))
        {
            evidence.Value(definition, value);
        }

        if (Gives(stated.Value, published) || !alternatives.Any(a => Gives(a.Value, published)))
        {
            return evidence.Check(name, published, stated.Value);
        }

        var other = alternatives.First(a => Gives(a.Value, published));
        return evidence.Check(name, published, other.Value)
            .Reserve(name, Invariant($"{published.Text} follows from {other.Definition} ({other.Value:G6}), not from {stated.Definition} ({stated.Value:G6})"));
    }

    /// <summary>Whether a number rounds to the printed text.</summary>
    /// <param name="value">The number, in the printed unit.</param>
    /// <param name="published">The printed number.</param>
    public static bool Gives(double value, Printed published)
    {
        ArgumentNullException.ThrowIfNull(published);
        return Math.Abs(value - published.AsTarget()) <= published.HalfUnit + (1e-9 * Math.Max(1, Math.Abs(value)));
    }
}
