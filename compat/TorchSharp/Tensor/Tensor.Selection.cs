using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Indexing by tensors, and choices between tensors.</content>
    public partial class Tensor
    {
        /// <summary>This tensor's elements where <paramref name="condition"/> is true, else those of <paramref name="y"/>.</summary>
        public Tensor where(Tensor condition, Tensor y) => Aten.where_self.One(condition, this, y);

        /// <summary>Elements chosen by one tensor of indices or one mask per dimension; null takes a whole dimension.</summary>
        public Tensor index(params Tensor[] indices) => Aten.index_Tensor.One(this, Arg.OptionalTensors(indices));

        public Tensor index(params TensorIndex[] indices) => Indexing.Get(this, indices);

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Aten.index_put_.InPlace(this, Arg.OptionalTensors(indices), value, accumulate);

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using var tensor = Indexing.ValueFor(this, value);
            return index_put_(tensor, indices, false);
        }

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            Indexing.Put(this, indices, value, accumulate);
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var tensor = Indexing.ValueFor(this, value);
            return index_put_(tensor, indices, false);
        }

        /// <summary>One column of coordinates per dimension.</summary>
        public IList<Tensor> nonzero_as_list() => Aten.nonzero_numpy.Many(this);

        public Tensor take_along_dim(IEnumerable<long> indices)
        {
            using var index = tensor(indices.ToArray());
            return take_along_dim(index);
        }

        public Tensor take_along_dim(IEnumerable<long> indices, long dim)
        {
            using var index = tensor(indices.ToArray());
            return take_along_dim(index, dim);
        }
    }
}
