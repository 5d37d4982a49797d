using System.Reflection;

namespace Repro.Core.Training.Configuration;

/// <summary>One key of a settings record.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Property">The property behind it.</param>
/// <param name="Parameter">The parameter of the constructor, for positional records.</param>
/// <param name="Required">Whether a file must say it.</param>
/// <param name="Nullable">Whether it may be null.</param>
internal sealed record ConfigKey(string Name, PropertyInfo Property, ParameterInfo? Parameter, bool Required, bool Nullable)
{
    internal Type Type => Property.PropertyType;

    internal bool IsPath => Property.IsDefined(typeof(ConfigPathAttribute));
}
