using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Seeds and states of the default generators.</content>
public static partial class torch
{
    /// <summary>Seeds the default generators of the CPU and of all CUDA devices.</summary>
    public static Generator manual_seed(long seed)
    {
        NativeError.ThrowIfFailed(NativeMethods.repro_manual_seed(unchecked((ulong)seed)));
        return Generator.Default;
    }

    public static long initial_seed()
    {
        using var generator = Generator.Default;
        return generator.initial_seed();
    }

    /// <summary>Seeds the default generators from the operating system, and tells the seed.</summary>
    public static long seed()
    {
        using var generator = Generator.Default;
        var seed = generator.seed();
        manual_seed(seed).Dispose();
        return seed;
    }

    public static Tensor get_rng_state()
    {
        using var generator = Generator.Default;
        return generator.get_state();
    }

    public static void set_rng_state(Tensor new_state)
    {
        using var generator = Generator.Default;
        generator.set_state(new_state);
    }

    /// <summary>The same under the name Python users know.</summary>
    public static partial class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long initial_seed() => torch.initial_seed();

        public static long seed() => torch.seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
