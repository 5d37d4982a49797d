namespace Repro.Core.Training.Configuration;

/// <summary>
/// One form of an abstract settings record. The key <c>kind:</c> chooses the form; keys that the chosen form does not have are unknown keys.
/// </summary>
/// <param name="kind">What <c>kind:</c> says.</param>
/// <param name="record">The record of this form, derived from the one that carries the attribute.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ConfigVariantAttribute(string kind, Type record) : Attribute
{
    /// <summary>What <c>kind:</c> says.</summary>
    public string Kind { get; } = kind;

    /// <summary>The record of this form.</summary>
    public Type Record { get; } = record;
}
