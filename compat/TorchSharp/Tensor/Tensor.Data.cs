using System.Numerics;
using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Access to the values.</content>
    public unsafe partial class Tensor
    {
        /// <summary>The bytes of a contiguous tensor on the CPU; setting copies as many bytes as the tensor has.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not contiguous or not on the CPU.</exception>
        /// <exception cref="ArgumentException">The bytes set are not exactly as many.</exception>
        public Span<byte> bytes
        {
            get
            {
                RequireHostMemory();
                return is_contiguous()
                    ? new Span<byte>((void*)DataPointer(), checked((int)(numel() * element_size())))
                    : throw new InvalidOperationException("The bytes of a tensor that is not contiguous cannot be read; call contiguous() first.");
            }

            set
            {
                var target = bytes;
                if (value.Length != target.Length)
                {
                    throw new ArgumentException($"The tensor takes {target.Length} bytes, and {value.Length} were given.", nameof(value));
                }

                value.CopyTo(target);
            }
        }

        /// <summary>The elements, read and written in place through shape and strides.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> does not match the dtype.</exception>
        /// <exception cref="InvalidOperationException">The tensor is not on the CPU.</exception>
        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            ScalarTypeInfo.Require<T>(dtype);
            RequireHostMemory();
            return new TensorAccessor<T>(this);
        }

        /// <summary>The only element, from whatever device.</summary>
        /// <exception cref="ArgumentException">There is not exactly one element, or <typeparamref name="T"/> does not match the dtype.</exception>
        public T item<T>()
            where T : unmanaged
        {
            ScalarTypeInfo.Require<T>(dtype);
            RequireOneElement();
            if (is_cpu())
            {
                return *(T*)DataPointer();
            }

            using var local = cpu();
            return *(T*)local.DataPointer();
        }

        /// <summary>The only element, as a number of this tensor's dtype.</summary>
        /// <exception cref="ArgumentException">There is not exactly one element.</exception>
        public Scalar ToScalar()
        {
            RequireOneElement();
            return dtype switch
            {
                ScalarType.Byte => item<byte>(),
                ScalarType.Int8 => item<sbyte>(),
                ScalarType.Int16 => item<short>(),
                ScalarType.Int32 => item<int>(),
                ScalarType.Int64 => item<long>(),
                ScalarType.Bool => item<bool>(),
                ScalarType.Float16 => item<Half>(),
                ScalarType.BFloat16 => item<BFloat16>().ToSingle(),
                ScalarType.Float32 => item<float>(),
                ScalarType.Float64 => item<double>(),
                ScalarType.ComplexFloat32 => item<(float, float)>(),
                ScalarType.ComplexFloat64 => item<Complex>(),
                var other => throw new InvalidOperationException($"An element of dtype {other} is no number."),
            };
        }

        /// <summary>Whether both are the same object; element-wise comparison is <see cref="eq(Tensor)"/>.</summary>
        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        /// <summary>Whether both have the same shape, dtype and elements.</summary>
        public bool Equals(Tensor target) =>
            ReferenceEquals(this, target) || (target is not null && dtype == target.dtype && Aten.equal.Boolean(this, target));

        /// <inheritdoc/>
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        /// <summary>The address of the first element.</summary>
        internal nint DataPointer()
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_data_pointer(Handle, out var pointer));
            GC.KeepAlive(this);
            return pointer;
        }

        private void RequireHostMemory()
        {
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException($"The values of a tensor on {device} cannot be read directly; call cpu() first.");
            }
        }

        private void RequireOneElement()
        {
            if (numel() != 1)
            {
                throw new ArgumentException($"A tensor of {numel()} elements has no single value.");
            }
        }
    }
}
