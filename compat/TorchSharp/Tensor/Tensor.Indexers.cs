using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>
    /// Indexers. Numbers, ranges and new dimensions give views; tensors give copies. Setting writes into this tensor, broadcasting the value.
    /// </content>
    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => Indexing.Get(this, indices);
            set => Indexing.Put(this, indices, value, false);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => Indexing.Put(this, Array.ConvertAll(indices, tensor => tensor is null ? TensorIndex.Colon : TensorIndex.Tensor(tensor)), value, false);
        }

        public Tensor this[params long[] indices]
        {
            get => At(indices);
            set => Put(indices, value);
        }

        public Tensor this[long i1]
        {
            get => Aten.select_int.One(this, 0L, i1);
            set => Put([i1], value);
        }

        public Tensor this[long i1, long i2]
        {
            get => At([i1, i2]);
            set => Put([i1, i2], value);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => At([i1, i2, i3]);
            set => Put([i1, i2, i3], value);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => At([i1, i2, i3, i4]);
            set => Put([i1, i2, i3, i4], value);
        }

        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => At([i1, i2, i3, i4, i5]);
            set => Put([i1, i2, i3, i4, i5], value);
        }

        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => At([i1, i2, i3, i4, i5, i6]);
            set => Put([i1, i2, i3, i4, i5, i6], value);
        }

        private Tensor At(ReadOnlySpan<long> indices) => Indexing.Get(this, Singles(indices));

        private void Put(ReadOnlySpan<long> indices, Tensor value) => Indexing.Put(this, Singles(indices), value, false);

        private static TensorIndex[] Singles(ReadOnlySpan<long> indices)
        {
            var singles = new TensorIndex[indices.Length];
            for (var i = 0; i < singles.Length; i++)
            {
                singles[i] = indices[i];
            }

            return singles;
        }
    }
}
