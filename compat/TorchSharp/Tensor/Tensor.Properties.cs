using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Shape, dtype, device and layout.</content>
    public unsafe partial class Tensor
    {
        /// <summary>The number of dimensions.</summary>
        public long Dimensions => dim();

        /// <summary>The number of dimensions.</summary>
        public long ndim => dim();

        public long NumberOfElements => numel();

        /// <summary>Bytes per element.</summary>
        public long ElementSize => element_size();

        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)NativeMethods.repro_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        public Device device
        {
            get
            {
                var type = (DeviceType)NativeMethods.repro_device(Handle, out var index);
                GC.KeepAlive(this);
                return new Device(type, index);
            }
        }

        public DeviceType device_type => device.type;

        public int device_index => device.index;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_sparse
        {
            get
            {
                var sparse = NativeMethods.repro_is_sparse(Handle) != 0;
                GC.KeepAlive(this);
                return sparse;
            }
        }

        /// <summary>The size of every dimension.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[dim()];
                fixed (long* first = sizes)
                {
                    NativeError.ThrowIfFailed(NativeMethods.repro_sizes(Handle, first));
                }

                GC.KeepAlive(this);
                return sizes;
            }
        }

        public bool is_cpu() => device_type == DeviceType.CPU;

        public long dim()
        {
            var dimensions = NativeMethods.repro_dimensions(Handle);
            GC.KeepAlive(this);
            return dimensions;
        }

        public long numel()
        {
            var count = NativeMethods.repro_numel(Handle);
            GC.KeepAlive(this);
            return count;
        }

        public long element_size()
        {
            var size = NativeMethods.repro_element_size(Handle);
            GC.KeepAlive(this);
            return size;
        }

        public long[] size() => shape;

        /// <summary>The size of one dimension; negative counts from the last.</summary>
        /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
        public long size(int dim) => shape[DimensionIndex(dim)];

        /// <summary>The step in elements along every dimension.</summary>
        public long[] stride()
        {
            var strides = new long[dim()];
            fixed (long* first = strides)
            {
                NativeError.ThrowIfFailed(NativeMethods.repro_strides(Handle, first));
            }

            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[DimensionIndex(dim)];

        public long storage_offset()
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_storage_offset(Handle, out var offset));
            GC.KeepAlive(this);
            return offset;
        }

        public bool is_contiguous()
        {
            var contiguous = NativeError.ThrowIfFailed(NativeMethods.repro_is_contiguous(Handle)) != 0;
            GC.KeepAlive(this);
            return contiguous;
        }

        public bool is_floating_point() => dtype.IsFloatingPoint();

        public bool is_complex() => dtype.IsComplex();

        public bool is_integral() => dtype.IsIntegral();

        public bool is_quantized() => dtype is ScalarType.QInt8 or ScalarType.QUInt8 or ScalarType.QInt32;

        public bool is_conj() => Aten.is_conj.Boolean(this);

        public bool is_neg() => Aten.is_neg.Boolean(this);

        public bool is_pinned() => Aten.is_pinned.Boolean(this);

        private int DimensionIndex(int dim)
        {
            var count = (int)this.dim();
            var index = dim < 0 ? dim + count : dim;
            return index >= 0 && index < count
                ? index
                : throw new ArgumentOutOfRangeException(nameof(dim), dim, $"The tensor has {count} dimensions.");
        }
    }
}
