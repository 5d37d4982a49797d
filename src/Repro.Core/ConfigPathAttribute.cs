namespace Repro.Core;

/// <summary>Marks a text (or a list of texts) as a path. A relative one starts at the folder of the file that says it, or at the current folder for <c>--set</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigPathAttribute : Attribute;
