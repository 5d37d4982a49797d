using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Positions in sorted sequences, distances and histograms.</content>
public static partial class torch
{
    /// <summary>Where each value would be inserted to keep the sequence sorted.</summary>
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Aten.searchsorted_Tensor.One(sorted_sequence, values, out_int32, right, Arg.None, sorter);

    public static Tensor searchsorted(Tensor sorted_sequence, Scalar values, bool out_int32, bool right, Tensor sorter) =>
        Aten.searchsorted_Scalar.One(sorted_sequence, values, out_int32, right, Arg.None, sorter);

    /// <summary>The distance of every row of the first to every row of the second.</summary>
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary) =>
        Aten.cdist.One(x1, x2, p, (long)compute_mode);

    public static (Tensor hist, Tensor bin_edges) histogram(Tensor input, Tensor bins, Tensor? weight = null, bool density = false) =>
        Aten.histogram_bins_tensor.Two(input, bins, weight, density);

    public static (Tensor hist, Tensor bin_edges) histogram(Tensor input, long bins, (double min, double max)? range = null, Tensor? weight = null, bool density = false) =>
        Aten.histogram_bin_ct.Two(input, bins, range is var (min, max) ? new[] { min, max } : Arg.None, weight, density);
}
