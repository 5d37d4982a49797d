using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Views and copies in another shape.</content>
    public partial class Tensor
    {
        public Tensor adjoint() => Aten.adjoint.Unary(this);

        public Tensor alias() => Aten.alias.Unary(this);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Aten.as_strided.One(this, size, strides, storageOffset);

        public Tensor atleast_1d() => Aten.atleast_1d.Unary(this);

        public Tensor atleast_2d() => Aten.atleast_2d.Unary(this);

        public Tensor atleast_3d() => Aten.atleast_3d.Unary(this);

        public Tensor broadcast_to(params long[] shape) => Aten.broadcast_to.One(this, shape);

        public Tensor channel_shuffle(long groups) => Aten.channel_shuffle.One(this, groups);

        public Tensor contiguous() => Aten.contiguous.Unary(this);

        public Tensor diag(long diagonal = 0) => Aten.diag.One(this, diagonal);

        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Aten.diag_embed.One(this, offset, dim1, dim2);

        public Tensor diagflat(long offset = 0) => Aten.diagflat.One(this, offset);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Aten.diagonal.One(this, offset, dim1, dim2);

        public Tensor expand(params long[] sizes) => Aten.expand.One(this, sizes);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Aten.expand.One(this, sizes, isImplicit);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Aten.expand.One(this, sizes, isImplicit);

        public Tensor expand_as(Tensor other) => Aten.expand_as.Binary(this, other);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.flatten_using_ints.One(this, start_dim, end_dim);

        public Tensor flip(params long[] dims) => Aten.flip.One(this, dims);

        public Tensor fliplr() => Aten.fliplr.Unary(this);

        public Tensor flipud() => Aten.flipud.Unary(this);

        public Tensor moveaxis(long[] source, long[] destination) => Aten.moveaxis_intlist.One(this, source, destination);

        public Tensor movedim(long[] source, long[] destination) => Aten.movedim_intlist.One(this, source, destination);

        public Tensor narrow(long dim, long start, long length) => Aten.narrow.One(this, dim, start, length);

        public Tensor permute(params long[] permutation) => Aten.permute.One(this, permutation);

        public Tensor ravel() => Aten.ravel.Unary(this);

        public Tensor repeat(params long[] sizes) => Aten.repeat.One(this, sizes);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => Aten.repeat_interleave_self_Tensor.One(this, repeats, dim, output_size);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => Aten.repeat_interleave_self_int.One(this, repeats, dim, output_size);

        public Tensor reshape(params long[] shape) => Aten.reshape.One(this, shape);

        public Tensor roll(long[] shifts) => Aten.roll.One(this, shifts);
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => Aten.roll.One(this, shifts, dims);
        public Tensor roll(long[] shifts, long[] dims) => Aten.roll.One(this, shifts, dims);

        public Tensor swapaxes(long dim0, long dim1) => Aten.swapaxes.One(this, dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => Aten.swapdims.One(this, dim0, dim1);

        public Tensor t() => Aten.t.Unary(this);

        public Tensor tile(long[] reps) => Aten.tile.One(this, reps);

        public Tensor transpose(long dim0, long dim1) => Aten.transpose_int.One(this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Aten.transpose_.InPlace(this, dim0, dim1);

        public Tensor unflatten(long dim, params long[] sizes) => Aten.unflatten_int.One(this, dim, sizes);

        public Tensor unfold(long dimension, long size, long step) => Aten.unfold.One(this, dimension, size, step);

        public Tensor unsqueeze(long dim) => Aten.unsqueeze.One(this, dim);
        public Tensor unsqueeze_(long dim) => Aten.unsqueeze_.InPlace(this, dim);

        public Tensor view(params long[] shape) => Aten.view.One(this, shape);

        public Tensor view_as(Tensor other) => Aten.view_as.Binary(this, other);

        public Tensor view_as_complex() => Aten.view_as_complex.Unary(this);

        public Tensor view_as_real() => Aten.view_as_real.Unary(this);
    }
}
