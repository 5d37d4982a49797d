using System.Reflection;
using System.Runtime.CompilerServices;

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>Reads the public and protected surface of an assembly by reflection.</summary>
internal sealed class ApiReader(bool qualified)
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private readonly ApiTypeNames _names = new(qualified);

    public IEnumerable<ApiEntry> Read(Assembly assembly) => VisibleTypes(assembly).SelectMany(Read);

    public static IEnumerable<Type> VisibleTypes(Assembly assembly) => assembly.GetTypes().Where(IsVisible);

    private static bool IsVisible(Type type) => type.IsNested
        ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
        : type.IsPublic;

    private static bool IsVisible(MethodBase? method) => method is { } && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    public IEnumerable<ApiEntry> Read(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return [Entry(type, $"{ApiTypeNames.Declared(type)} ({Parameters(invoke)}) -> {Result(invoke)}", ["delegate"])];
        }

        return new[] { ReadType(type) }
            .Concat(type.GetConstructors(Declared).Where(constructor => IsVisible(constructor) && !constructor.IsStatic).Select(constructor => ReadConstructor(type, constructor)))
            .Concat(type.GetFields(Declared).Where(IsListed).Select(field => ReadField(type, field)))
            .Concat(type.GetProperties(Declared).Where(property => IsVisible(property.GetMethod) || IsVisible(property.SetMethod)).Select(property => ReadProperty(type, property)))
            .Concat(type.GetEvents(Declared).Where(@event => IsVisible(@event.AddMethod)).Select(@event => ReadEvent(type, @event)))
            .Concat(type.GetMethods(Declared).Where(IsListed).Select(method => ReadMethod(type, method)));
    }

    private static bool IsListed(FieldInfo field) =>
        (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName;

    // Accessors belong to their properties and events; operators are special too, but are members of their own.
    private static bool IsListed(MethodInfo method) =>
        IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && method.Name != "Finalize"
        && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null;

    private ApiEntry ReadType(Type type)
    {
        var inherited = (type.BaseType?.GetInterfaces() ?? []).Concat(type.GetInterfaces().SelectMany(direct => direct.GetInterfaces())).ToHashSet();
        var bases = new List<string>();
        if (type.IsEnum)
        {
            bases.Add(_names.Of(Enum.GetUnderlyingType(type)));
        }
        else
        {
            if (type.BaseType is { } super && super != typeof(object) && super != typeof(ValueType))
            {
                bases.Add(_names.Of(super));
            }

            bases.AddRange(type.GetInterfaces().Where(face => !inherited.Contains(face) && IsNameable(face)).Select(face => _names.Of(face)));
        }

        return new ApiEntry(ApiTypeNames.Declared(type) + Constraints(type.GetGenericArguments()[(type.DeclaringType?.GetGenericArguments().Length ?? 0)..]), Modifiers(type), ApiTypeNames.Declared(type), bases);
    }

    private static bool IsNameable(Type face) => face.IsPublic || face.IsNestedPublic;

    private static HashSet<string> Modifiers(Type type)
    {
        if (type.IsEnum)
        {
            return ["enum"];
        }

        if (type.IsInterface)
        {
            return ["interface"];
        }

        if (type.IsValueType)
        {
            return Words(("ref", type.IsByRefLike), ("readonly", type.GetCustomAttribute<IsReadOnlyAttribute>() is not null), ("struct", true));
        }

        var isStatic = type is { IsAbstract: true, IsSealed: true };
        return Words(("static", isStatic), ("abstract", type.IsAbstract && !isStatic), ("sealed", type.IsSealed && !isStatic), ("class", true));
    }

    private ApiEntry ReadConstructor(Type type, ConstructorInfo constructor) =>
        Entry(type, $"{ApiTypeNames.Declared(type)}.{type.Name.Split('`')[0]}({Parameters(constructor)})", Words(("ctor", true), ("protected", !constructor.IsPublic), Obsolete(constructor)));

    private ApiEntry ReadField(Type type, FieldInfo field)
    {
        if (type.IsEnum)
        {
            return Entry(type, $"{ApiTypeNames.Declared(type)}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}", []);
        }

        var text = $"{ApiTypeNames.Declared(type)}.{field.Name} : {_names.Of(field.FieldType, TupleNames(field))}";
        if (field.IsLiteral)
        {
            return Entry(type, $"{text} = {ApiDefaults.Constant(field.GetRawConstantValue()!, field.FieldType, _names)}", Words(("field", true), ("const", true), ("protected", !field.IsPublic)));
        }

        return Entry(type, text, Words(("field", true), ("static", field.IsStatic), ("readonly", field.IsInitOnly), ("protected", !field.IsPublic), Obsolete(field)));
    }

    private ApiEntry ReadProperty(Type type, PropertyInfo property)
    {
        var indexes = property.GetIndexParameters();
        var name = indexes.Length == 0 ? property.Name : $"this[{string.Join(", ", indexes.Select(Parameter))}]";
        var main = new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>().OrderByDescending(accessor => accessor.IsPublic).First();
        var get = IsVisible(property.GetMethod) && property.GetMethod!.IsPublic == main.IsPublic ? "get; " : string.Empty;
        var set = IsVisible(property.SetMethod) && property.SetMethod!.IsPublic == main.IsPublic ? IsInitOnly(property) ? "init; " : "set; " : string.Empty;
        return Entry(type, $"{ApiTypeNames.Declared(type)}.{name} {{ {get}{set}}} : {_names.Of(property.PropertyType, TupleNames(property))}", Modifiers(type, main, property))
            with { OverridesForeign = OverridesForeign(main) };
    }

    private static bool IsInitOnly(PropertyInfo property) =>
        property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private ApiEntry ReadEvent(Type type, EventInfo @event) =>
        Entry(type, $"{ApiTypeNames.Declared(type)}.{@event.Name} : {_names.Of(@event.EventHandlerType!)}", [.. Modifiers(type, @event.AddMethod!, @event), "event"]);

    private ApiEntry ReadMethod(Type type, MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : string.Empty;
        // An override inherits its constraints; C# does not repeat them.
        var constraints = method.IsGenericMethod && !IsOverride(method) ? Constraints(method.GetGenericArguments()) : string.Empty;
        return Entry(type, $"{ApiTypeNames.Declared(type)}.{method.Name}{generic}({Parameters(method)}) -> {Result(method)}{constraints}", Modifiers(type, method, method))
            with { OverridesForeign = OverridesForeign(method) };
    }

    private static bool IsOverride(MethodInfo method) => method.IsVirtual && method.GetBaseDefinition() != method;

    private static bool OverridesForeign(MethodInfo method) => IsOverride(method) && method.GetBaseDefinition().DeclaringType!.Assembly != method.DeclaringType!.Assembly;

    private static HashSet<string> Modifiers(Type type, MethodInfo method, MemberInfo member)
    {
        if (type.IsInterface)
        {
            return Words(("static", method.IsStatic));
        }

        var isOverride = IsOverride(method);
        return Words(
            ("protected", !method.IsPublic),
            ("static", method.IsStatic),
            ("override", isOverride),
            ("sealed", isOverride && method.IsFinal),
            ("abstract", method.IsAbstract),
            ("virtual", method is { IsVirtual: true, IsAbstract: false, IsFinal: false } && !isOverride),
            Obsolete(member));
    }

    private string Result(MethodInfo method) => _names.Of(method.ReturnType, TupleNames(method.ReturnParameter));

    private string Parameters(MethodBase method)
    {
        var isExtension = method.IsDefined(typeof(ExtensionAttribute), inherit: false);
        return (isExtension ? "this " : string.Empty) + string.Join(", ", method.GetParameters().Select(Parameter));
    }

    private string Parameter(ParameterInfo parameter)
    {
        var isParams = parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false) || parameter.IsDefined(typeof(ParamCollectionAttribute), inherit: false);
        var prefix = (isParams, parameter) switch
        {
            (true, _) => "params ",
            (_, { IsOut: true, ParameterType.IsByRef: true }) => "out ",
            (_, { IsIn: true, ParameterType.IsByRef: true }) => "in ",
            (_, { ParameterType.IsByRef: true }) => "ref ",
            _ => string.Empty,
        };
        var suffix = parameter.HasDefaultValue ? " = " + ApiDefaults.OfParameter(parameter, _names) : string.Empty;
        return $"{prefix}{_names.Of(parameter.ParameterType, TupleNames(parameter))} {parameter.Name}{suffix}";
    }

    private string Constraints(Type[] arguments) => string.Concat(arguments.Select(argument =>
    {
        var flags = argument.GenericParameterAttributes;
        var isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var isUnmanaged = argument.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsUnmanagedAttribute");
        var parts = new List<string>();
        if (isStruct)
        {
            parts.Add(isUnmanaged ? "unmanaged" : "struct");
        }
        else if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            parts.Add("class");
        }

        parts.AddRange(argument.GetGenericParameterConstraints().Where(constraint => constraint != typeof(ValueType)).Select(constraint => _names.Of(constraint)));
        if (!isStruct && flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
        {
            parts.Add("new()");
        }

        return parts.Count == 0 ? string.Empty : $" where {argument.Name} : {string.Join(", ", parts)}";
    }));

    private static (string, bool) Obsolete(MemberInfo member) => ("obsolete", member.IsDefined(typeof(ObsoleteAttribute), inherit: false));

    private static IList<string?>? TupleNames(ICustomAttributeProvider provider) =>
        ((TupleElementNamesAttribute?)provider.GetCustomAttributes(typeof(TupleElementNamesAttribute), inherit: false).FirstOrDefault())?.TransformNames;

    private static ApiEntry Entry(Type type, string signature, HashSet<string> modifiers) => new(signature, modifiers, ApiTypeNames.Declared(type), []);

    private static HashSet<string> Words(params (string Word, bool Applies)[] words) =>
        words.Where(word => word.Applies).Select(word => word.Word).ToHashSet(StringComparer.Ordinal);
}
