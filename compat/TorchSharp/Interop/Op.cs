using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// An operator of LibTorch's dispatcher, found by name on first use. Arguments follow the operator's schema;
/// those left out at the end take the schema's defaults, so that operators may gain arguments in later versions.
/// </summary>
/// <remarks>All calls throw <see cref="ExternalException"/> with the first line of LibTorch's message when the operator
/// fails, and <see cref="InvalidOperationException"/> when an operand has been disposed.</remarks>
internal sealed unsafe class Op
{
    private const int InlineCells = 256;
    private readonly string[] _names;
    private nint _handle;
    private bool _isAbsent;

    /// <summary>Names an operator of the <c>aten</c> namespace as <c>name.overload</c>; the first name that this LibTorch knows is taken.</summary>
    public Op(params string[] names)
    {
        _names = names;
    }

    /// <summary>The names tried, in their order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The entry that calls this operator without boxing, where there is one.</summary>
    public DirectBinary? Direct { get; init; }

    /// <summary>Whether this LibTorch has the operator under any of its names.</summary>
    public bool Exists => _handle != 0 || (!_isAbsent && Find() != 0);

    /// <summary>The operator's schema, which tells arguments and defaults.</summary>
    public string Schema => Marshal.PtrToStringUTF8(NativeMethods.repro_operator_schema(Resolve()))!;

    // The two commonest forms have names of their own: numbers convert to tensors, so overloads of One would be chosen for them.

    /// <summary>Calls the operator with one tensor; the result is one tensor.</summary>
    public Tensor Unary(Tensor self)
    {
        var argument = new NativeValue { Tag = ArgTag.Tensor, Pointer = self.Handle };
        NativeValue result;
        Check(NativeMethods.repro_operator_call(Resolve(), &argument, 1, &result, 1), 1);
        GC.KeepAlive(self);
        return Results.Tensor(result);
    }

    /// <summary>Calls the operator with two tensors; the result is one tensor.</summary>
    public Tensor Binary(Tensor self, Tensor other)
    {
        if (Direct is DirectBinary direct)
        {
            return CallDirect(direct, self, other);
        }

        var arguments = stackalloc NativeValue[2];
        arguments[0] = new NativeValue { Tag = ArgTag.Tensor, Pointer = self.Handle };
        arguments[1] = new NativeValue { Tag = ArgTag.Tensor, Pointer = other.Handle };
        NativeValue result;
        Check(NativeMethods.repro_operator_call(Resolve(), arguments, 2, &result, 1), 1);
        GC.KeepAlive(self);
        GC.KeepAlive(other);
        return Results.Tensor(result);
    }

    /// <summary>Calls the operator; the result is one tensor.</summary>
    public Tensor One(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        Check(Call(args, &result, 1), 1);
        return Results.Tensor(result);
    }

    /// <summary>Calls the operator; the result is copied to <paramref name="target"/>, resized to fit, where one is given.</summary>
    public Tensor OneInto(Tensor? target, params ReadOnlySpan<Arg> args)
    {
        var result = One(args);
        if (target is null)
        {
            return result;
        }

        using (result)
        {
            Aten.resize_.Run(target, result.shape);
            Aten.copy_.Run(target, result);
            return target;
        }
    }

    /// <summary>Calls an operator that changes its first argument, which is returned.</summary>
    public Tensor InPlace(params ReadOnlySpan<Arg> args)
    {
        Check(Call(args, null, 0), 0);
        return (Tensor)args[0].Reference!;
    }

    /// <summary>Calls an operator for its effect alone.</summary>
    public void Run(params ReadOnlySpan<Arg> args) => Check(Call(args, null, 0), 0);

    /// <summary>Calls the operator; the result is two tensors. An undefined result is null.</summary>
    public (Tensor First, Tensor Second) Two(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeValue[2];
        Check(Call(args, results, 2), 2);
        return (Results.Tensor(results[0]), Results.Tensor(results[1]));
    }

    /// <summary>Calls the operator; the result is three tensors. An undefined result is null.</summary>
    public (Tensor First, Tensor Second, Tensor Third) Three(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeValue[3];
        Check(Call(args, results, 3), 3);
        return (Results.Tensor(results[0]), Results.Tensor(results[1]), Results.Tensor(results[2]));
    }

    /// <summary>Calls the operator; the result is a list of tensors, several lists one after the other.</summary>
    public Tensor[] Many(params ReadOnlySpan<Arg> args)
    {
        const int Room = 16;
        var results = stackalloc NativeValue[Room];
        var count = Call(args, results, Room);
        Check(count, count);
        var tensors = new Tensor[count];
        for (var i = 0; i < Math.Min(count, Room); i++)
        {
            tensors[i] = Results.Tensor(results[i]);
        }

        if (count > Room)
        {
            Results.TakeOverflow(tensors.AsSpan(Room));
        }

        return tensors;
    }

    /// <summary>Calls the operator; the result is a whole number.</summary>
    public long Integer(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        Check(Call(args, &result, 1), 1);
        return result.Integer;
    }

    /// <summary>Calls the operator; the result is a truth value.</summary>
    public bool Boolean(params ReadOnlySpan<Arg> args) => Integer(args) != 0;

    private static Tensor CallDirect(DirectBinary kind, Tensor self, Tensor other)
    {
        nint result;
        var status = NativeMethods.repro_direct_binary((int)kind, self.Handle, other.Handle, &result);
        GC.KeepAlive(self);
        GC.KeepAlive(other);
        if (status != 0)
        {
            NativeError.ThrowIfFailed(status);
            NativeMemoryPressure.Collect();
        }

        return new Tensor(result);
    }

    private int Call(ReadOnlySpan<Arg> args, NativeValue* results, int capacity)
    {
        var cells = ArgScratch.Cells(args);
        if (cells > InlineCells)
        {
            return CallWithHeap(args, cells, results, capacity);
        }

        var native = stackalloc NativeValue[args.Length];
        var scratch = stackalloc long[cells];
        return Call(args, native, scratch, results, capacity);
    }

    private int CallWithHeap(ReadOnlySpan<Arg> args, int cells, NativeValue* results, int capacity)
    {
        var native = stackalloc NativeValue[args.Length];
        fixed (long* scratch = new long[cells])
        {
            return Call(args, native, scratch, results, capacity);
        }
    }

    private int Call(ReadOnlySpan<Arg> args, NativeValue* native, long* scratch, NativeValue* results, int capacity)
    {
        ArgScratch.Write(args, native, scratch);
        var count = NativeMethods.repro_operator_call(Resolve(), native, args.Length, results, capacity);
        foreach (ref readonly var arg in args)
        {
            GC.KeepAlive(arg.Reference);
        }

        return count;
    }

    private void Check(int count, int expected)
    {
        if (count != expected)
        {
            NativeError.ThrowIfFailed(count);
            throw new InvalidOperationException($"{Schema} gave {count} results where {expected} were expected.");
        }

        if (count < 0)
        {
            NativeError.ThrowIfFailed(count);
        }
    }

    private nint Resolve()
    {
        var handle = _handle;
        return handle != 0 ? handle : FindOrThrow();
    }

    private nint FindOrThrow()
    {
        var found = Find();
        if (found == 0)
        {
            NativeError.ThrowIfFailed(-1);
        }

        return found;
    }

    private nint Find()
    {
        foreach (var name in _names)
        {
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var (stem, overload) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
            if (NativeMethods.repro_operator_find("aten::" + stem, overload, out var handle) >= 0)
            {
                return _handle = handle;
            }
        }

        // Remembered, because each search for an absent operator costs an exception with a backtrace in native code.
        _isAbsent = true;
        return 0;
    }
}
