using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Reductions over chosen dimensions. A type given converts before reducing.</content>
    public partial class Tensor
    {
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Aten.sum_dim_IntList.One(this, dim, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1, dim2], keepdim, type);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => Aten.amax.OneInto(@out, this, dims, keepdim);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => Aten.amax.OneInto(@out, this, dims, keepdim);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => Aten.amin.OneInto(@out, this, dims, keepdim);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => Aten.amin.OneInto(@out, this, dims, keepdim);

        public Tensor logsumexp(long dim, bool keepdim = false) => Aten.logsumexp.One(this, dim, keepdim);

        public Tensor norm(int dim, bool keepdim = false, float p = 2f) => Aten.norm_ScalarOpt_dim.One(this, p, (long)dim, keepdim);

        /// <summary>The number of elements that are not 0, over all dimensions when none are given.</summary>
        public Tensor count_nonzero(long[]? dims = null) => dims is null ? Aten.count_nonzero.Unary(this) : Aten.count_nonzero_dim_IntList.One(this, dims);

        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) => Aten.kthvalue.Two(this, k, dim ?? -1, keepdim);

        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Aten.histc.One(this, bins, min, max);

        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null)
        {
            var all = dim is int given ? Aten.unique_dim.Three(this, (long)given, sorted, return_inverse, return_counts) : Aten._unique2.Three(this, sorted, return_inverse, return_counts);
            return Wanted(all, return_inverse, return_counts);
        }

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim], unbiased, keepdim, type);

        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std(dimensions.ToArray(), unbiased, keepdim, type);

        /// <summary>The standard deviation; divided by n - 1 when <paramref name="unbiased"/>, else by n.</summary>
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            using var converted = Converted(type);
            return Aten.std_correction.One(converted ?? this, dimensions, unbiased ? 1 : 0, keepdim);
        }

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim], unbiased, keepdim, type);

        public Tensor var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public Tensor var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var(dimensions.ToArray(), unbiased, keepdim, type);

        /// <summary>The variance; divided by n - 1 when <paramref name="unbiased"/>, else by n.</summary>
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            using var converted = Converted(type);
            return Aten.var_correction.One(converted ?? this, dimensions, unbiased ? 1 : 0, keepdim);
        }

        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean([dim], unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean(dimensions.ToArray(), unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            using var converted = Converted(type);
            return Aten.std_mean_correction.Two(converted ?? this, dimensions, unbiased ? 1 : 0, keepdim);
        }

        public (Tensor var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => VarianceAndMean([dim], unbiased, keepdim, type);

        public (Tensor var, Tensor mean) var_mean((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => VarianceAndMean([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public (Tensor var, Tensor mean) var_mean((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => VarianceAndMean([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        // TorchSharp names the first element std here, although it is the variance.
        public (Tensor std, Tensor mean) var_mean(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => VarianceAndMean(dimensions.ToArray(), unbiased, keepdim, type);

        public (Tensor std, Tensor mean) var_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => VarianceAndMean(dimensions, unbiased, keepdim, type);

        private (Tensor Variance, Tensor Mean) VarianceAndMean(long[] dimensions, bool unbiased, bool keepdim, ScalarType? type)
        {
            using var converted = Converted(type);
            return Aten.var_mean_correction.Two(converted ?? this, dimensions, unbiased ? 1 : 0, keepdim);
        }

        private Tensor? Converted(ScalarType? type) => type is ScalarType given ? to_type(given) : null;
    }
}
