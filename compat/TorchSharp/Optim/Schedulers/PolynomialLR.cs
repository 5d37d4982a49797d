namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Multiplies the initial rate by (1 - epoch / total)^power, down to zero.</summary>
                public class PolynomialLR : LRScheduler
                {
                    private readonly int _totalIterations;
                    private readonly double _power;

                    public PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _totalIterations = total_iters;
                        _power = power;
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                        => Scaled(LastEpoch == 0 || LastEpoch > _totalIterations
                            ? 1
                            : Math.Pow((1 - ((double)LastEpoch / _totalIterations)) / (1 - ((double)(LastEpoch - 1) / _totalIterations)), _power));

                    protected override IEnumerable<double> get_closed_form_lr()
                        => ScaledBase(Math.Pow(1 - ((double)Math.Min(_totalIterations, LastEpoch) / _totalIterations), _power));
                }
            }
        }
    }
}
