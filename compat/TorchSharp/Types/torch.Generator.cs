using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        private nint _handle;

        public Generator(ulong seed = 0, Device? device = null)
            : this(Create(seed, device ?? CPU), device ?? CPU)
        {
        }

        private Generator(nint handle, Device device)
        {
            _handle = handle;
            this.device = device;
        }

        ~Generator() => Dispose(false);

        /// <summary>The generator that operators on the CPU draw from unless told otherwise.</summary>
        public static Generator Default => DefaultOf(CPU);

        public Device device { get; }

        /// <exception cref="InvalidOperationException">The generator has been disposed.</exception>
        public nint Handle => _handle != 0 ? _handle : throw new InvalidOperationException("The generator has been disposed; it cannot be used any more.");

        /// <summary>The whole state, as a tensor of bytes.</summary>
        public Tensor get_state()
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_state(Handle, out var state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        /// <summary>Continues as the generator did from which the state was read.</summary>
        public void set_state(Tensor value)
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_set_seed(Handle, unchecked((ulong)seed)));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds from the operating system, and tells the seed.</summary>
        public long seed()
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_reseed(Handle, out var seed));
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        /// <summary>The seed last set.</summary>
        public long initial_seed()
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_seed(Handle, out var seed));
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        internal static Generator DefaultOf(Device device)
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_default((int)device.type, device.index, out var handle));
            return new Generator(handle, device);
        }

        protected virtual void Dispose(bool disposing)
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0)
            {
                NativeMethods.repro_generator_free(handle);
            }
        }

        private static nint Create(ulong seed, Device device)
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_generator_new(seed, (int)device.type, device.index, out var handle));
            return handle;
        }
    }
}
