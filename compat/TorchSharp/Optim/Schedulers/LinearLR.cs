namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Multiplies the rate by a factor that goes linearly from one value to another, and stays there.</summary>
                public class LinearLR : LRScheduler
                {
                    private readonly double _start;
                    private readonly double _end;
                    private readonly int _totalIterations;

                    public LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1, int total_iters = 5, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        if (start_factor is not (> 0 and <= 1) || end_factor is not (>= 0 and <= 1))
                        {
                            throw new ArgumentOutOfRangeException(nameof(start_factor), start_factor, $"The first factor lies within (0, 1], the last ({end_factor}) within [0, 1].");
                        }

                        _start = start_factor;
                        _end = end_factor;
                        _totalIterations = total_iters;
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (LastEpoch == 0)
                        {
                            return Scaled(_start);
                        }

                        double before = (_totalIterations * _start) + ((LastEpoch - 1) * (_end - _start));
                        return Scaled(LastEpoch > _totalIterations ? 1 : 1 + ((_end - _start) / before));
                    }

                    protected override IEnumerable<double> get_closed_form_lr()
                        => ScaledBase(_start + ((_end - _start) * Math.Min(_totalIterations, LastEpoch) / _totalIterations));
                }
            }
        }
    }
}
