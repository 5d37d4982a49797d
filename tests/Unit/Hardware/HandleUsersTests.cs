using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Repro.Core;
using Repro.Build;
using Repro.Core.Hardware;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Stress;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Hardware;

/// <summary>The build marks the methods of TorchSharp that use native handles, so that a collection on another thread cannot free what
/// native code works on.</summary>
[Collection(TensorCollection.Name)]
public sealed class HandleUsersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_method_of_TorchSharp_that_uses_a_handle_is_marked()
    {
        var methods = HandleUsers.Find(File.ReadAllBytes(typeof(torch).Assembly.Location));
        methods.Should().HaveCountGreaterThan(1000).And.OnlyContain(method => method.Marked);
        methods.Select(method => method.Method).Should().Contain(
            ["Tensor.add", "Tensor.masked_fill", "Tensor.backward", "torch.cat", "functional.cross_entropy", "TensorAccessor`1.CopyTo"]);
    }

    /// <summary>An operand that is neither argument nor local dies in spite of the mark: TorchSharp has three such methods, and nothing
    /// here calls them.</summary>
    [Fact]
    public void What_the_mark_cannot_help_is_known_and_not_called()
    {
        var open = HandleUsers.OfTemporaries(File.ReadAllBytes(typeof(torch).Assembly.Location));
        open.Should().BeEquivalentTo("linalg.matrix_norm", "linalg.vector_norm", "ScriptModule.DetermineArgumentTypeRefs");
        foreach (var assembly in new[] { typeof(LibTorch).Assembly, typeof(Experiments.Claims.Claim).Assembly })
        {
            var calls = HandleUsers.Calls(File.ReadAllBytes(assembly.Location));
            calls.Should().Contain("Tensor.backward", "the calls are found").And.NotIntersectWith(open);
        }

        var planted = HandleUsers.Calls(File.ReadAllBytes(typeof(HandleUsersTests).Assembly.Location));
        planted.Should().Contain("linalg.vector_norm", "one is planted here");
    }

    [Fact]
    public void Only_the_marks_change_and_a_second_time_nothing()
    {
        var file = File.ReadAllBytes(typeof(HandleUsersTests).Assembly.Location);
        var before = file.ToArray();
        HandleUsers.Find(file).Where(method => method.Method.StartsWith("Planted.", StringComparison.Ordinal)).Should().BeEquivalentTo(
            [("Planted.OfNativeCode", false), ("Planted.OfAHandle", false), ("Planted.OfAPointer", false), ("Planted..ctor", false)]);

        var marked = HandleUsers.Mark(file);
        marked.Should().Be(HandleUsers.Find(before).Count(method => !method.Marked));
        Enumerable.Range(0, file.Length).Count(i => file[i] != before[i]).Should().Be(marked);
        HandleUsers.Find(file).Should().OnlyContain(method => method.Marked);
        HandleUsers.Mark(file).Should().Be(0);

        var planted = Load(file).GetType(typeof(Planted).FullName!)!;
        MethodImplAttributes Flags(string method) => planted.GetMethod(method)!.MethodImplementationFlags;
        Flags(nameof(Planted.OfAHandle)).Should().HaveFlag(MethodImplAttributes.NoOptimization);
        Flags(nameof(Planted.Plain)).Should().NotHaveFlag(MethodImplAttributes.NoOptimization);
    }

    [Fact]
    public void Foreign_and_broken_files_are_refused_and_stay_as_they_are()
    {
        var whole = File.ReadAllBytes(typeof(HandleUsers).Assembly.Location);
        byte[][] broken = [[], new byte[4096], .. Enumerable.Range(1, 90).Select(part => whole[..(whole.Length * part / 100)])];
        foreach (var content in broken)
        {
            var before = content.ToArray();
            FluentActions.Invoking(() => HandleUsers.Mark(content)).Should()
                .Throw<InvalidDataException>("cut to {0} of {1}", content.Length, whole.Length);
            content.Should().Equal(before);
        }
    }

    [Fact]
    public void A_TorchSharp_without_marks_is_refused()
    {
        FluentActions.Invoking(() => LibTorch.RefuseUnsafe(typeof(Scalar))).Should().NotThrow();
        FluentActions.Invoking(() => LibTorch.RefuseUnsafe(typeof(Planted))).Should().Throw<ReproException>()
            .WithMessage("*may free a tensor while it is in use*build/MendTorchSharp.targets*");
    }

    /// <summary>The thread of the stress tests does find an owner that nothing keeps: without the mark the owner dies while its handle is
    /// in use.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_owner_dies_during_a_call_only_without_the_mark(bool marked)
    {
        using var collecting = new CollectingThread();
        var clock = Stopwatch.StartNew();
        var dead = 0;
        while (clock.Elapsed < TimeSpan.FromSeconds(1))
        {
            dead += Owner.DiesInUse(marked) ? 1 : 0;
        }

        if (marked)
        {
            dead.Should().Be(0);
        }
        else
        {
            dead.Should().BePositive();
        }
    }

    [Fact]
    public void Numbers_and_tensors_that_nothing_holds_live_as_long_as_the_call()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (rand(64, 64), rand(64, 64));
        var mask = x.gt(0.5);
        using var parameter = new TorchSharp.Modules.Parameter(rand(64, 64));
        using var optimiser = optim.AdamW([parameter], 0.01);
        var works = new Dictionary<string, Action>
        {
            ["numbers"] = () => Scoped(() => (1 - (x * 0.5)).masked_fill(mask, 0.25)),
            ["hidden numbers"] = () => Scoped(() => x + y),
            ["tensors"] = () => Unscoped(() => cat([x.add(y), x.mul(x)])[TensorIndex.Slice(0, 3)].sum().item<float>()),
            ["elements"] = () => Unscoped(() => x.mul(y).data<float>().ToArray()),
            ["an optimiser"] = () => Step(parameter, x, optimiser),
        };
        using var collecting = new CollectingThread();
        foreach (var (name, work) in works)
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromSeconds(1))
            {
                FluentActions.Invoking(work).Should().NotThrow(name);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static void Scoped(Func<Tensor> work)
    {
        using var scope = NewDisposeScope();
        work();
    }

    // On a thread of its own, where no scope is open: nothing but the call holds what it makes.
    private static void Unscoped<T>(Func<T> work)
    {
        const int Calls = 100;
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            for (var i = 0; i < Calls; i++)
            {
                work();
            }
        }));
        thread.Start();
        thread.Join();
        failure.Should().BeNull();
    }

    private static void Step(TorchSharp.Modules.Parameter parameter, Tensor gradient, optim.Optimizer optimiser)
    {
        using var own = gradient.clone();
        parameter.grad = own;
        optimiser.step();
        parameter.grad = null;
    }

    private Assembly Load(byte[] assembly)
    {
        var path = Path.Combine(_folder.Path, "Marked.dll");
        File.WriteAllBytes(path, assembly);
        return new AssemblyLoadContext("marked").LoadFromAssemblyPath(path);
    }

    /// <summary>What the mark is for, and what it is not for.</summary>
    internal sealed class Planted
    {
        private readonly nint _pointer;

        public Planted(nint pointer) => _pointer = pointer;

        public static int Type => 0;

        public static void OfNativeCode() => Native();

        public static nint OfAHandle(SafeOwner owner) => owner.Handle;

        public nint OfAPointer() => _pointer + 1;

        public static int Plain(int a) => a switch { 1 => 3, 2 => 5, 3 => 8, 4 => 1, _ => (int)Math.Sqrt(a + 1.5) };

        public static Tensor Norm(Tensor x) => linalg.vector_norm(x, 2.0);

        [DllImport("nothing")]
        private static extern void Native();
    }

    internal sealed class SafeOwner
    {
        public nint Handle { get; } = 1;
    }

    /// <summary>An object with a finalizer, in the place of a Scalar.</summary>
    private sealed class Owner
    {
        private readonly StrongBox<bool> _dead = new();

        ~Owner() => _dead.Value = true;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal static bool DiesInUse(bool marked) => marked ? Marked(new Owner()) : Optimized(new Owner());

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private static bool Optimized(Owner owner) => Use(owner._dead);

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
        private static bool Marked(Owner owner) => Use(owner._dead);

        private static bool Use(StrongBox<bool> handle)
        {
            Thread.SpinWait(2000);
            return Volatile.Read(ref handle.Value);
        }
    }
}
