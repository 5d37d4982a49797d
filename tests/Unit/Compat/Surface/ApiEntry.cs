namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>A type or member of a public surface in comparable form.</summary>
/// <param name="Signature">The text without modifiers, such as <c>N.T.M(int x = 0) -> string</c>.</param>
/// <param name="Modifiers">The words in brackets behind it.</param>
/// <param name="Owner">The type a member belongs to, or the type itself.</param>
/// <param name="Bases">Base class and interfaces of a type; empty for members.</param>
internal sealed record ApiEntry(string Signature, IReadOnlySet<string> Modifiers, string Owner, IReadOnlyList<string> Bases)
{
    /// <summary>Whether the member overrides one whose first declaration is public elsewhere, and so adds nothing that can be called.</summary>
    public bool OverridesForeign { get; init; }

    public bool HasModifiersOf(ApiEntry listed) => Modifiers.SetEquals(listed.Modifiers);

    public override string ToString() =>
        Signature + (Bases.Count == 0 ? string.Empty : $" : {string.Join(", ", Bases)}") + $"  [{string.Join(' ', Modifiers.Order(StringComparer.Ordinal))}]";
}
