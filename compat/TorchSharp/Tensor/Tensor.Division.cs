using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Division with a choice of rounding, and rounding to decimals.</content>
    public partial class Tensor
    {
        /// <summary>The quotient; without rounding, whole numbers give the default floating-point dtype.</summary>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Aten.div_Tensor.One(this, target) : Aten.div_Tensor_mode.One(this, target, rounding_mode.ToText());

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Aten.div_Scalar.One(this, target) : Aten.div_Scalar_mode.One(this, target, rounding_mode.ToText());

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Aten.div__Tensor_mode.InPlace(this, target, rounding_mode.ToText());

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Aten.div__Scalar_mode.InPlace(this, target, rounding_mode.ToText());

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        /// <summary>Half to even, at a number of decimals.</summary>
        public Tensor round(long decimals = 0) => decimals == 0 ? Aten.round.Unary(this) : Aten.round_decimals.One(this, decimals);

        public Tensor round_(long decimals = 0) => decimals == 0 ? Aten.round_.InPlace(this) : Aten.round__decimals.InPlace(this, decimals);
    }
}
