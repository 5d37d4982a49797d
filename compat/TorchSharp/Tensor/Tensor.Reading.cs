namespace TorchSharp;

public static partial class torch
{
    /// <content>Single elements of a contiguous tensor on the CPU, by their position.</content>
    public unsafe partial class Tensor
    {
        /// <exception cref="ArgumentException"><typeparamref name="T"/> does not match the dtype.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
        public T ReadCpuValue<T>(long i)
            where T : unmanaged
        {
            ScalarTypeInfo.Require<T>(dtype);
            RequireHostMemory();
            if (i < 0 || i >= numel())
            {
                throw new ArgumentOutOfRangeException(nameof(i), i, $"The tensor has {numel()} elements.");
            }

            var value = ((T*)DataPointer())[i];
            GC.KeepAlive(this);
            return value;
        }

        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);

        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);

        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);

        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);

        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);

        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        public float ReadCpuFloat16(long i) => (float)ReadCpuValue<Half>(i);

        public float ReadCpuBFloat16(long i) => ReadCpuValue<BFloat16>(i).ToSingle();
    }
}
