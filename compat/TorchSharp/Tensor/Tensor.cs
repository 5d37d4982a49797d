using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of LibTorch. Results belong to the innermost open <see cref="DisposeScope"/>, or to the caller;
    /// the finalizer is the last resort.
    /// </summary>
    /// <remarks>
    /// A failing operator throws <see cref="System.Runtime.InteropServices.ExternalException"/> with the first line of
    /// LibTorch's message; use after disposal throws <see cref="InvalidOperationException"/>.
    /// </remarks>
    public partial class Tensor : IScopedDisposable
    {
        private nint _handle;
        private DisposeScope? _scope;

        /// <summary>Takes over a native handle.</summary>
        internal Tensor(nint handle)
        {
            _handle = handle;
            _scope = DisposeScopeManager.Current.Register(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>The number of tensors that hold a native handle now, in the whole process.</summary>
        public static long TotalCount => NativeMethods.repro_live_tensors();

        /// <summary>The greatest value that <see cref="TotalCount"/> ever had.</summary>
        public static long PeakCount => NativeMethods.repro_peak_tensors();

        /// <summary>The native handle, an <c>at::Tensor*</c>.</summary>
        /// <exception cref="InvalidOperationException">The tensor has been disposed.</exception>
        public nint Handle
        {
            get
            {
                var handle = _handle;
                return handle != 0 ? handle : throw new InvalidOperationException("The tensor has been disposed; it cannot be used any more.");
            }
        }

        /// <summary>Whether the tensor has been disposed.</summary>
        public bool IsInvalid => _handle == 0;

        DisposeScope? IScopedDisposable.OwningScope
        {
            get => _scope;
            set => _scope = value;
        }

        /// <summary>Makes a tensor that takes over a native handle.</summary>
        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        LifetimeStatistics IScopedDisposable.StatisticsOf(ThreadDisposeScopeStatistics thread) => thread.TensorStatistics;

        /// <summary>Gives up the native handle without freeing it; the tensor cannot be used any more.</summary>
        public nint DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            CountDisposal();
            return Interlocked.Exchange(ref _handle, 0);
        }

        /// <summary>Releases the native tensor. Further calls do nothing.</summary>
        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
            {
                return;
            }

            NativeMethods.repro_tensor_free(handle);
            if (disposing)
            {
                CountDisposal();
            }
        }

        /// <summary>Takes the tensor out of its scope and of all others: the caller has to dispose it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            _scope?.Detach(this);
            return this;
        }

        [Obsolete("Use DetachFromDisposeScope.", false)]
        public Tensor DetatchFromDisposeScope() => DetachFromDisposeScope();

        /// <summary>Moves the tensor to the scope around its own.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            _scope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Moves the tensor to the scope that disposes <paramref name="other"/>.</summary>
        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other._scope);

        /// <summary>Moves the tensor to another scope; null detaches it.</summary>
        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (_scope is not null)
            {
                _scope.MoveToOther(other, this);
            }
            else
            {
                other?.Attach(this);
            }

            return this;
        }

        private void CountDisposal()
        {
            if (_scope is { } scope)
            {
                scope.MarkAsDisposed(this);
            }
            else
            {
                DisposeScopeManager.Statistics.TensorStatistics.DisposedOutsideScopeCount++;
            }
        }
    }
}
