namespace VerifyTests.Serialization;

/// <summary>Short readable type names.</summary>
internal static class TypeNames
{
    public static string Of(Type type)
    {
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        var own = type.Name.Split('`')[0];
        if (type.IsGenericType)
        {
            own += $"<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
        }

        return type is { IsNested: true, IsGenericParameter: false } ? $"{Of(type.DeclaringType!)}.{own}" : own;
    }
}
