using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Fills tensors in place, without gradient, and returns them.</summary>
        public static class init
        {
            /// <summary>Which fan a Kaiming initialisation keeps the variance of.</summary>
            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            /// <summary>The non-linearity that follows a layer.</summary>
            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            /// <summary>The recommended gain of a non-linearity; <paramref name="param"/> is the slope of LeakyReLU.</summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0)
                => nonlinearity switch
                {
                    NonlinearityType.Tanh => 5.0 / 3.0,
                    NonlinearityType.ReLU => Math.Sqrt(2),
                    NonlinearityType.LeakyReLU => Math.Sqrt(2.0 / (1 + (param * param))),
                    >= NonlinearityType.Linear and <= NonlinearityType.Sigmoid => 1,
                    _ => throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity, "Unknown non-linearity."),
                };

            /// <summary>Inputs and outputs of one unit: weight (out, in, receptive field...).</summary>
            /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                long[] shape = tensor.shape;
                if (shape.Length < 2)
                {
                    throw new ArgumentException("Fan in and fan out need a tensor of at least two dimensions.", nameof(tensor));
                }

                long field = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return (shape[1] * field, shape[0] * field);
            }

            public static Tensor constant_(Tensor tensor, Scalar val) => Fill(tensor, () => tensor.fill_(val));

            public static Tensor zeros_(Tensor tensor) => Fill(tensor, () => Ops.FillInPlace.InPlace(tensor, 0L));

            public static Tensor ones_(Tensor tensor) => Fill(tensor, () => Ops.FillInPlace.InPlace(tensor, 1L));

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
                => Fill(tensor, () => Ops.NormalInPlace.InPlace(tensor, mean, std, generator));

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null)
                => Fill(tensor, () => Ops.UniformInPlace.InPlace(tensor, low, high, generator));

            /// <summary>Normal distribution, cut at [a, b] by inversion of its distribution function.</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2, Generator? generator = null)
                => Fill(tensor, () =>
                {
                    double low = StandardNormal((a - mean) / std), high = StandardNormal((b - mean) / std);
                    Ops.UniformInPlace.InPlace(tensor, (2 * low) - 1, (2 * high) - 1, generator);
                    Ops.ErfinvInPlace.InPlace(tensor);
                    Ops.MulInPlace.InPlace(tensor, std * Math.Sqrt(2));
                    Ops.AddInPlace.InPlace(tensor, mean);
                    Ops.ClampInPlace.InPlace(tensor, a, b);
                });

            /// <summary>Uniform with a variance of gain² · 2 / (fan in + fan out).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                double bound = Math.Sqrt(3) * XavierDeviation(tensor, gain);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Normal with a variance of gain² · 2 / (fan in + fan out).</summary>
            public static Tensor xavier_normal_(Tensor tensor, double gain = 1) => normal_(tensor, 0, XavierDeviation(tensor, gain));

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1) => xavier_uniform_(tensor, gain);

            public static Tensor glorot_normal_(Tensor tensor, double gain = 1) => xavier_normal_(tensor, gain);

            /// <summary>Uniform with a variance of gain² / fan; <paramref name="a"/> is the slope of LeakyReLU.</summary>
            public static Tensor kaiming_uniform_(
                Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                double bound = Math.Sqrt(3) * KaimingDeviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Normal with a variance of gain² / fan; <paramref name="a"/> is the slope of LeakyReLU.</summary>
            public static Tensor kaiming_normal_(
                Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
                => normal_(tensor, 0, KaimingDeviation(tensor, a, mode, nonlinearity));

            /// <summary>Ones on the diagonal of a matrix, zeros elsewhere.</summary>
            /// <exception cref="ArgumentException">The tensor is no matrix.</exception>
            public static Tensor eye_(Tensor tensor)
            {
                if (tensor.shape.Length != 2)
                {
                    throw new ArgumentException("Only a matrix can become an identity matrix.", nameof(tensor));
                }

                return Fill(tensor, () =>
                {
                    using Tensor identity = eye(tensor.shape[0], tensor.shape[1], tensor.dtype, tensor.device);
                    tensor.copy_(identity);
                });
            }

            private static Tensor Fill(Tensor tensor, Action fill)
            {
                using (no_grad())
                {
                    fill();
                }

                return tensor;
            }

            private static double XavierDeviation(Tensor tensor, double gain)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                return gain * Math.Sqrt(2.0 / (fanIn + fanOut));
            }

            private static double KaimingDeviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            private static double StandardNormal(double x)
            {
                using Tensor argument = tensor(x / Math.Sqrt(2));
                using Tensor value = argument.erf();
                return (1 + value.ToDouble()) / 2;
            }
        }
    }
}
