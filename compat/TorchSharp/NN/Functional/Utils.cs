using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Gradient clipping, parameters as one vector.</summary>
        public static partial class utils
        {
            // Added to the norm, so that a zero gradient divides by something.
            private const double NormMargin = 1e-6;

            /// <summary>
            /// Scales all gradients by min(1, max_norm / (norm + 1e-6)), the norm being that of all of them as one vector.
            /// Parameters without gradient do not count.
            /// </summary>
            /// <param name="tensors">The parameters.</param>
            /// <param name="max_norm">The largest norm allowed.</param>
            /// <param name="norm_type">The order; infinity for the largest magnitude.</param>
            /// <returns>The norm before clipping.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                ArgumentNullException.ThrowIfNull(tensors);
                using var scope = NewDisposeScope();
                using var noGradient = no_grad();
                Tensor[] gradients = Gradients(tensors);
                if (gradients.Length == 0)
                {
                    return 0;
                }

                double total = double.IsPositiveInfinity(norm_type)
                    ? stack(gradients.Select(gradient => gradient.abs().max()).ToArray()).max().ToDouble()
                    : TotalNorm(gradients, norm_type);
                double factor = Factor(max_norm, total, gradients[0].dtype);
                if (factor < 1 || double.IsNaN(factor))
                {
                    Ops.ForeachMulInPlace.Run(gradients, factor);
                }

                return total;
            }

            /// <summary>Clamps every gradient element to ±<paramref name="clip_value"/>.</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                ArgumentNullException.ThrowIfNull(tensors);
                using var scope = NewDisposeScope();
                using var noGradient = no_grad();
                foreach (Tensor gradient in Gradients(tensors))
                {
                    Ops.ClampInPlace.InPlace(gradient, -clip_value, clip_value);
                }
            }

            /// <summary>All parameters, flattened, in one vector.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                ArgumentNullException.ThrowIfNull(tensors);
                Tensor[] flat = tensors.Select(parameter => parameter.flatten()).ToArray();
                try
                {
                    return cat(flat);
                }
                finally
                {
                    foreach (Tensor part in flat)
                    {
                        part.Dispose();
                    }
                }
            }

            /// <summary>Copies a vector into the parameters, in their order.</summary>
            /// <exception cref="ArgumentException">The vector is not as long as all parameters together.</exception>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                Parameter[] parameters = tensors.ToArray();
                long expected = parameters.Sum(parameter => parameter.numel());
                if (vec.shape.Length != 1 || vec.numel() != expected)
                {
                    throw new ArgumentException($"A vector of {expected} elements is expected, got shape [{string.Join(", ", vec.shape)}].", nameof(vec));
                }

                using var scope = NewDisposeScope();
                using var noGradient = no_grad();
                long start = 0;
                foreach (Parameter parameter in parameters)
                {
                    long length = parameter.numel();
                    parameter.copy_(vec.narrow(0, start, length).view(parameter.shape));
                    start += length;
                }
            }

            private static Tensor[] Gradients(IEnumerable<Parameter> parameters)
                => parameters.Select(parameter => parameter.grad).OfType<Tensor>().ToArray();

            // In the precision in which Python computes it, on tensors.
            private static double Factor(double maximum, double total, ScalarType dtype)
                => dtype == ScalarType.Float64
                    ? 1 / (total + NormMargin) * maximum
                    : 1 / ((float)total + (float)NormMargin) * (float)maximum;

            private static double TotalNorm(Tensor[] gradients, double order)
            {
                Tensor[] norms = Ops.ForeachNorm.Many(gradients, order);
                return Ops.NormScalar.One(stack(norms), order).ToDouble();
            }
        }
    }
}
