using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Rounding, signs and other element-wise functions. As functions of their first argument.</content>
public static partial class torch
{
    public static Tensor _sample_dirichlet(Tensor input, Generator? generator = null) => Aten._sample_dirichlet.One(input, generator);

    public static Tensor _standard_gamma(Tensor input, Generator? generator = null) => Aten._standard_gamma.One(input, generator);

    public static Tensor ceil(Tensor input) => input.ceil();
    public static Tensor ceil_(Tensor input) => input.ceil_();

    public static Tensor combinations(Tensor input, int r = 2, bool with_replacement = false) => Aten.combinations.One(input, r, with_replacement);

    public static Tensor complex(Tensor real, Tensor imag) => Aten.complex.One(real, imag);

    public static Tensor copysign(Tensor input, Tensor other) => input.copysign(other);
    public static Tensor copysign_(Tensor input, Tensor other) => input.copysign_(other);

    public static Tensor fix(Tensor input) => input.fix();
    public static Tensor fix_(Tensor input) => input.fix_();

    public static Tensor floor(Tensor input) => input.floor();
    public static Tensor floor_(Tensor input) => input.floor_();

    public static Tensor frac(Tensor input) => input.frac();
    public static Tensor frac_(Tensor input) => input.frac_();

    public static Tensor heaviside(Tensor input, Tensor values) => input.heaviside(values);
    public static Tensor heaviside_(Tensor input, Tensor values) => input.heaviside_(values);

    public static Tensor imag(Tensor input) => Aten.imag.One(input);

    [Obsolete("Use the function of torch.linalg.", false)]
    public static Tensor lu_solve(Tensor b, Tensor LU_data, Tensor LU_pivots) => Aten.lu_solve.One(b, LU_data, LU_pivots);

    public static (Tensor P, Tensor? L, Tensor? U) lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data = true, bool unpack_pivots = true) => Aten.lu_unpack.Three(LU_data, LU_pivots, unpack_data, unpack_pivots);

    public static Tensor nan_to_num(Tensor input, double nan = 0, double? posinf = null, double? neginf = null) => input.nan_to_num(nan, posinf, neginf);
    public static Tensor nan_to_num_(Tensor input, double nan = 0, double? posinf = null, double? neginf = null) => input.nan_to_num_(nan, posinf, neginf);

    public static Tensor nextafter(Tensor input, Tensor other) => input.nextafter(other);
    public static Tensor nextafter_(Tensor input, Tensor other) => input.nextafter_(other);

    public static Tensor polar(Tensor abs, Tensor angle) => Aten.polar.One(abs, angle);

    public static Tensor quantize_per_channel(Tensor input, Tensor scales, Tensor zero_points, long axis, ScalarType dtype) => Aten.quantize_per_channel.One(input, scales, zero_points, axis, dtype);

    public static Tensor quantize_per_tensor(Tensor input, double scale, long zero_point, ScalarType dtype) => Aten.quantize_per_tensor.One(input, scale, zero_point, dtype);

    public static Tensor real(Tensor input) => Aten.real.One(input);

    public static Tensor round(Tensor input, long decimals = 0) => input.round(decimals);
    public static Tensor round_(Tensor input, long decimals = 0) => input.round_(decimals);

    public static Tensor sgn(Tensor input) => input.sgn();
    public static Tensor sgn_(Tensor input) => input.sgn_();

    public static Tensor sign(Tensor input) => input.sign();
    public static Tensor sign_(Tensor input) => input.sign_();

    public static Tensor signbit(Tensor input) => input.signbit();

    public static (Tensor res, Tensor logabsdet) slogdet(Tensor A) => Aten.slogdet.Two(A);

    public static Tensor trapz(Tensor y, Tensor x, long dim = -1) => Aten.trapz_x.One(y, x, dim);
    public static Tensor trapz(Tensor y, double dx = 1, long dim = -1) => Aten.trapz_dx.One(y, dx, dim);

    public static Tensor trunc(Tensor input) => input.trunc();
    public static Tensor trunc_(Tensor input) => input.trunc_();
}
