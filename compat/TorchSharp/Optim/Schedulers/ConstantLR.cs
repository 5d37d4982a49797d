namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Multiplies the rate by a factor for the first epochs.</summary>
                public class ConstantLR : LRScheduler
                {
                    private readonly double _factor;
                    private readonly int _totalIterations;

                    public ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        if (factor is not (> 0 and <= 1))
                        {
                            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor lies within (0, 1].");
                        }

                        _factor = factor;
                        _totalIterations = total_iters;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Scaled(LastEpoch == 0 ? _factor : LastEpoch == _totalIterations ? 1 / _factor : 1);

                    protected override IEnumerable<double> get_closed_form_lr() => ScaledBase(LastEpoch >= _totalIterations ? 1 : _factor);
                }
            }
        }
    }
}
