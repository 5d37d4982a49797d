using System.Runtime.CompilerServices;

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>Writes types as the signature lists do, with or without their namespaces.</summary>
internal sealed class ApiTypeNames(bool qualified)
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(char)] = "char",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
    };

    /// <summary>A declared type with its own type parameters, as the head of its lines: always with its namespace.</summary>
    public static string Declared(Type type) => Named(type, type.GetGenericArguments(), qualified: true, argument => argument.Name);

    /// <param name="type">The type of a parameter, result, field or property.</param>
    /// <param name="tupleNames">The compiler's names of all tuple elements in the type, outer tuples first; null when there are none.</param>
    public string Of(Type type, IList<string?>? tupleNames = null) => Render(type, new Queue<string?>(tupleNames ?? []), tupleNames is not null);

    private string Render(Type type, Queue<string?> names, bool hasNames)
    {
        if (type.IsByRef)
        {
            return Render(type.GetElementType()!, names, hasNames);
        }

        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        if (type.IsArray)
        {
            return RenderArray(type, names, hasNames);
        }

        if (type.IsPointer)
        {
            return Render(type.GetElementType()!, names, hasNames) + "*";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Render(underlying, names, hasNames) + "?";
        }

        return typeof(ITuple).IsAssignableFrom(type) && type.IsValueType && type.IsGenericType
            ? RenderTuple(type, names, hasNames)
            : Named(type, type.GetGenericArguments(), qualified, argument => Render(argument, names, hasNames));
    }

    private string RenderArray(Type type, Queue<string?> names, bool hasNames)
    {
        // The ranks of nested arrays read from the left: long[,][] is an array of one dimension of arrays... of two.
        var ranks = string.Empty;
        var element = type;
        while (element.IsArray)
        {
            ranks += $"[{new string(',', element.GetArrayRank() - 1)}]";
            element = element.GetElementType()!;
        }

        return Render(element, names, hasNames) + ranks;
    }

    private string RenderTuple(Type type, Queue<string?> names, bool hasNames)
    {
        var elements = Elements(type).ToArray();
        var own = elements.Select(_ => hasNames && names.Count > 0 ? names.Dequeue() : null).ToArray();
        return $"({string.Join(", ", elements.Select((element, index) => Render(element, names, hasNames) + (own[index] is { } name ? " " + name : string.Empty)))})";
    }

    // A tuple of more than seven elements nests the rest.
    private static IEnumerable<Type> Elements(Type tuple)
    {
        var arguments = tuple.GetGenericArguments();
        return arguments.Length == 8 ? arguments.Take(7).Concat(Elements(arguments[7])) : arguments;
    }

    private static string Named(Type type, Type[] arguments, bool qualified, Func<Type, string> render)
    {
        var outerCount = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var prefix = type.DeclaringType is { } outer
            ? Named(outer, arguments[..outerCount], qualified, render) + "."
            : qualified && type.Namespace is { Length: > 0 } space ? space + "." : string.Empty;
        var own = arguments[outerCount..type.GetGenericArguments().Length];
        var name = type.Name.Split('`')[0];
        return prefix + name + (own.Length == 0 ? string.Empty : $"<{string.Join(", ", own.Select(render))}>");
    }
}
