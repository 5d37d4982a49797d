using System.Globalization;
using System.Reflection;

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>Writes constants as the signature lists do.</summary>
internal static class ApiDefaults
{
    public static string OfParameter(ParameterInfo parameter, ApiTypeNames names)
    {
        var value = parameter.RawDefaultValue;
        if (value is null or Missing)
        {
            return parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null";
        }

        return Constant(value, parameter.ParameterType, names);
    }

    public static string Constant(object value, Type type, ApiTypeNames names)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum)
        {
            var member = Enum.GetName(plain, value);
            return member is null ? Convert.ToString(value, CultureInfo.InvariantCulture)! : $"{names.Of(plain)}.{member}";
        }

        return value switch
        {
            bool flag => flag ? "true" : "false",
            string text => $"\"{text}\"",
            char character => $"'{character}'",
            float number => number.ToString("R", CultureInfo.InvariantCulture) + "f",
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
