using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>One tensor into several.</content>
    public partial class Tensor
    {
        public Tensor[] chunk(long chunks, long dim = 0) => Aten.chunk.Many(this, chunks, dim);

        public Tensor[] dsplit(long size) => Aten.dsplit_int.Many(this, size);
        public Tensor[] dsplit(params long[] sizes) => Aten.dsplit_array.Many(this, sizes);

        public Tensor[] hsplit(long size) => Aten.hsplit_int.Many(this, size);
        public Tensor[] hsplit(params long[] sizes) => Aten.hsplit_array.Many(this, sizes);

        public Tensor[] split(params long[] sizes) => Aten.split_with_sizes.Many(this, sizes);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => Aten.split_with_sizes.Many(this, sizes, dim);
        public Tensor[] split(long size, int dim = 0) => Aten.split_Tensor.Many(this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Aten.split_with_sizes.Many(this, sizes, dim);

        public Tensor[] tensor_split(Tensor indices, long dim = 0) => Aten.tensor_split_tensor_indices_or_sections.Many(this, indices, dim);
        public Tensor[] tensor_split(long size, long dim = 0) => Aten.tensor_split_sections.Many(this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Aten.tensor_split_indices.Many(this, sizes, dim);

        public Tensor[] unbind(long dimension = 0) => Aten.unbind_int.Many(this, dimension);

        public Tensor[] vsplit(long size) => Aten.vsplit_int.Many(this, size);
        public Tensor[] vsplit(params long[] sizes) => Aten.vsplit_array.Many(this, sizes);
    }
}
