namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Multiplies the rate by a function of the epoch, from epoch 1 on.</summary>
                public class MultiplicativeLR : LRScheduler
                {
                    private readonly Func<int, double>[] _factors;

                    public MultiplicativeLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        ArgumentNullException.ThrowIfNull(lr_lambda);
                        _factors = Enumerable.Repeat(lr_lambda, BaseRates.Length).ToArray();
                        step();
                    }

                    /// <summary>One function for each parameter group.</summary>
                    /// <exception cref="ArgumentException">There are more or fewer functions than groups.</exception>
                    public MultiplicativeLR(Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _factors = lr_lambdas.ToArray();
                        if (_factors.Length != BaseRates.Length)
                        {
                            throw new ArgumentException($"{BaseRates.Length} functions are expected, one for each group, got {_factors.Length}.", nameof(lr_lambdas));
                        }

                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Rates.Zip(_factors, (rate, factor) => LastEpoch > 0 ? rate * factor(LastEpoch) : rate);
                }
            }
        }
    }
}
