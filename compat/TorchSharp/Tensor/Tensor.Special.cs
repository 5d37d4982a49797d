using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Functions whose arguments LibTorch takes in another order or another kind.</content>
    public partial class Tensor
    {
        public Tensor arctan(Tensor other) => arctan2(other);
        public Tensor arctan_(Tensor other) => arctan2_(other);

        /// <summary>Whether both have the same shape and elements, as a tensor of one truth value.</summary>
        public Tensor equal(Tensor target) => tensor(Aten.equal.Boolean(this, target));

        /// <summary>The derivative of order p of the digamma function.</summary>
        public Tensor polygamma(long p) => Aten.polygamma.One(p, this);

        public Tensor pinverse(double rcond = 1e-15, bool hermitian = false) => Aten.linalg_pinv.One(this, rcond, hermitian);

        public Tensor set_(Tensor source) => Aten.set__source_Tensor.InPlace(this, source);

        public Tensor random_(double from, double to, Generator? generator = null) => Aten.random__from.InPlace(this, (long)from, (long)to, generator);

        public Tensor rrelu(double lower = 1.0 / 8, double upper = 1.0 / 3) => Aten.rrelu.One(this, lower, upper);
        public Tensor rrelu_(double lower = 1.0 / 8, double upper = 1.0 / 3) => Aten.rrelu_.InPlace(this, lower, upper);

        /// <summary>The elements as nested lists, or the only element.</summary>
        public object tolist()
        {
            if (dim() == 0)
            {
                return ToScalar();
            }

            var list = new List<object>();
            for (var i = 0L; i < size(0); i++)
            {
                using var part = this[i];
                list.Add(part.tolist());
            }

            return list;
        }
    }
}
