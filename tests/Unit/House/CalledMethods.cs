using System.Reflection;
using System.Reflection.Emit;

namespace Repro.Tests.Unit.House;

/// <summary>The calls that the compiled code of an assembly makes.</summary>
internal static class CalledMethods
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Each call with the method that it stands in; lambdas, iterators and property accessors included.</summary>
    internal static IEnumerable<(MethodBase Caller, MethodBase Called)> Of(Assembly assembly) =>
        from type in assembly.GetTypes()
        from caller in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared))
        from called in Of(caller)
        select (caller, called);

    /// <summary>What the type and the types inside it call; closures and iterators are such types. Comments and texts do not count, as they
    /// would in its source.</summary>
    internal static IEnumerable<MethodBase> Of(Type type) =>
        type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)).SelectMany(Of)
            .Concat(type.GetNestedTypes(Declared).SelectMany(Of));

    /// <summary>The types that the code of a type, its members and its bases speak of.</summary>
    internal static IEnumerable<Type> TypesIn(Type type)
    {
        var methods = type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)).ToList();
        var named = type.GetInterfaces().Append(type.BaseType).OfType<Type>()
            .Concat(type.GetFields(Declared).Select(field => field.FieldType))
            .Concat(methods.SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType)))
            .Concat(methods.OfType<MethodInfo>().Select(method => method.ReturnType))
            .Concat(methods.SelectMany(method => method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []))
            .Concat(methods.SelectMany(Operands).SelectMany(TypesOf));
        return named.SelectMany(Parts).Distinct();
    }

    private static IEnumerable<MethodBase> Of(MethodBase caller) => Operands(caller).OfType<MethodBase>();

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType!, field.FieldType],
        MethodBase method => method.DeclaringType is { } owner
            ? [owner, .. method.IsGenericMethod ? method.GetGenericArguments() : []]
            : [],
        _ => [],
    };

    // A list of arrays of X speaks of X.
    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
            : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type)
            : [type];

    private static IEnumerable<MemberInfo> Operands(MethodBase caller)
    {
        var code = caller.GetMethodBody()?.GetILAsByteArray() ?? [];
        var typeArguments = caller.DeclaringType!.GetGenericArguments();
        var methodArguments = caller.IsGenericMethod ? caller.GetGenericArguments() : [];
        for (var at = 0; at < code.Length;)
        {
            // A first byte of 0xFE starts an instruction of two bytes.
            var value = code[at] == 0xFE ? (short)((0xFE << 8) | code[at + 1]) : code[at];
            var instruction = OpCodesByValue[value];
            var operand = at + instruction.Size;
            if (instruction.OperandType
                is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return caller.Module.ResolveMember(BitConverter.ToInt32(code, operand), typeArguments, methodArguments)!;
            }

            at = operand + OperandLength(instruction.OperandType, code, operand);
        }
    }

    private static int OperandLength(OperandType type, byte[] code, int operand) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, operand)),
        _ => 4,
    };
}
