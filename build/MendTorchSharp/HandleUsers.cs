using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Repro.Build;

/// <summary>
/// The methods of an assembly that take a native handle out of its owner or call native code, and the mark that keeps their arguments alive
/// until they return.
/// </summary>
/// <remarks>
/// TorchSharp 0.107 passes <c>x.Handle</c> to native code and does not keep <c>x</c> alive. Optimized code forgets an argument after its
/// last use, so a collection on another thread can finalize a Scalar or a Tensor, and free its memory, while native code works on it: an
/// exception, a wrong number or the end of the process. Code that is not optimized keeps every argument and local until the method returns.
/// <c>MethodImplOptions.NoOptimization</c> asks for that, method by method; it is one bit of the method's row in the metadata, so that no
/// byte moves and no instruction changes.
/// </remarks>
internal static class HandleUsers
{
    private const string Handle = "get_Handle";

    private static readonly Dictionary<ushort, OpCode> _codes =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (ushort)code.Value);

    /// <summary>Sets the mark on every method that handles native memory.</summary>
    /// <param name="assembly">The whole file, changed in place.</param>
    /// <returns>How many methods had no mark before.</returns>
    /// <exception cref="InvalidDataException">It is no .NET assembly.</exception>
    public static int Mark(byte[] assembly)
    {
        var marked = 0;
        foreach (var method in Read(assembly).Where(method => method.TakesHandles && !IsMarked(assembly, method)))
        {
            assembly[method.Flags] |= (byte)MethodImplAttributes.NoOptimization;
            assembly[method.Flags + 1] &= unchecked((byte)~((int)MethodImplAttributes.AggressiveOptimization >> 8));
            marked++;
        }

        return marked;
    }

    /// <summary>The methods that handle native memory, each with whether it has the mark.</summary>
    /// <param name="assembly">The whole file.</param>
    /// <exception cref="InvalidDataException">It is no .NET assembly.</exception>
    public static IReadOnlyList<(string Method, bool Marked)> Find(byte[] assembly) =>
        [.. Read(assembly).Where(method => method.TakesHandles).Select(method => (method.Name, IsMarked(assembly, method)))];

    /// <summary>
    /// The methods that take the handle of an object straight from the call that made it. It is neither an argument nor a local, so that
    /// the mark cannot keep it alive: nothing may call them.
    /// </summary>
    /// <param name="assembly">The whole file.</param>
    /// <exception cref="InvalidDataException">It is no .NET assembly.</exception>
    public static IReadOnlyList<string> OfTemporaries(byte[] assembly) =>
        [.. Read(assembly).Where(method => method.TakesTemporary).Select(method => method.Name)];

    /// <summary>The methods of other assemblies that an assembly names, each as type and name.</summary>
    /// <param name="assembly">The whole file.</param>
    public static IReadOnlySet<string> Calls(byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly, writable: false));
        var names = file.GetMetadataReader();
        return names.MemberReferences.Select(names.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (Type: names.GetTypeReference((TypeReferenceHandle)member.Parent).Name, member.Name))
            .Select(member => $"{names.GetString(member.Type)}.{names.GetString(member.Name)}")
            .ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsMarked(byte[] assembly, Method method) =>
        (assembly[method.Flags] & (byte)MethodImplAttributes.NoOptimization) != 0;

    private static List<Method> Read(byte[] assembly)
    {
        try
        {
            using var file = new PEReader(new MemoryStream(assembly, writable: false));
            var names = file.GetMetadataReader();
            // A row starts with the position of the code, 4 bytes; the flags of the implementation follow, 2 bytes.
            var table = file.PEHeaders.MetadataStartOffset + names.GetTableMetadataOffset(TableIndex.MethodDef);
            var row = names.GetTableRowSize(TableIndex.MethodDef);
            return [.. names.MethodDefinitions
                .Where(handle => names.GetMethodDefinition(handle).RelativeVirtualAddress != 0)
                .Select(handle => Read(file, names, handle, table + ((MetadataTokens.GetRowNumber(handle) - 1) * row) + 4))];
        }
        catch (Exception failure) when (failure is BadImageFormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"no .NET assembly: {failure.Message}", failure);
        }
    }

    private static Method Read(PEReader file, MetadataReader names, MethodDefinitionHandle handle, int flags)
    {
        var definition = names.GetMethodDefinition(handle);
        var code = file.GetMethodBody(definition.RelativeVirtualAddress).GetILReader();
        var (takesHandles, takesTemporary, previous) = (false, false, default(EntityHandle));
        while (code.RemainingBytes > 0)
        {
            var used = NextMember(ref code, out var isCall);
            takesHandles |= IsNative(names, used);
            takesTemporary |= Name(names, used) == Handle && Name(names, previous) is "op_Implicit" or "ToScalar" or ".ctor";
            previous = isCall ? used : default;
        }

        var type = names.GetString(names.GetTypeDefinition(definition.GetDeclaringType()).Name);
        return new Method($"{type}.{names.GetString(definition.Name)}", flags, takesHandles, takesTemporary);
    }

    // The member that the next instruction names, nil where it names none.
    private static EntityHandle NextMember(ref BlobReader code, out bool isCall)
    {
        var first = code.ReadByte();
        var instruction = _codes[first == 0xfe ? (ushort)((first << 8) | code.ReadByte()) : first];
        isCall = instruction.FlowControl == FlowControl.Call;
        switch (instruction.OperandType)
        {
            case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok:
                return MetadataTokens.EntityHandle(code.ReadInt32());
            case OperandType.InlineSwitch:
                var targets = code.ReadInt32();
                code.Offset += 4 * targets;
                break;
            case OperandType.InlineI8 or OperandType.InlineR:
                code.Offset += 8;
                break;
            case OperandType.InlineVar:
                code.Offset += 2;
                break;
            case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                code.Offset++;
                break;
            case OperandType.InlineNone:
                break;
            default:
                code.Offset += 4;
                break;
        }

        return default;
    }

    // A native function, the handle of an object, or a field with a pointer.
    private static bool IsNative(MetadataReader names, EntityHandle member)
    {
        var bare = Bare(names, member);
        return bare.Kind switch
        {
            HandleKind.FieldDefinition => IsPointer(names.GetBlobReader(names.GetFieldDefinition((FieldDefinitionHandle)bare).Signature)),
            HandleKind.MemberReference when names.GetMemberReference((MemberReferenceHandle)bare) is var field
                && field.GetKind() == MemberReferenceKind.Field => IsPointer(names.GetBlobReader(field.Signature)),
            HandleKind.MethodDefinition when names.GetMethodDefinition((MethodDefinitionHandle)bare) is var method
                && method.Attributes.HasFlag(MethodAttributes.PinvokeImpl) => true,
            _ => Name(names, bare) is Handle or "ToHandleArray",
        };
    }

    private static bool IsPointer(BlobReader signature)
    {
        _ = signature.ReadSignatureHeader();
        return signature.ReadSignatureTypeCode() is SignatureTypeCode.IntPtr or SignatureTypeCode.Pointer;
    }

    private static string Name(MetadataReader names, EntityHandle member) => Bare(names, member) switch
    {
        { Kind: HandleKind.MethodDefinition } method => names.GetString(names.GetMethodDefinition((MethodDefinitionHandle)method).Name),
        { Kind: HandleKind.MemberReference } reference => names.GetString(names.GetMemberReference((MemberReferenceHandle)reference).Name),
        _ => string.Empty,
    };

    private static EntityHandle Bare(MetadataReader names, EntityHandle member) =>
        member.Kind == HandleKind.MethodSpecification ? names.GetMethodSpecification((MethodSpecificationHandle)member).Method : member;

    private sealed record Method(string Name, int Flags, bool TakesHandles, bool TakesTemporary);
}
