namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Takes the rate along half a cosine from its initial value to eta_min in T_max epochs, then up again.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _period;
                    private readonly double _minimum;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _period = T_max;
                        _minimum = eta_min;
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (LastEpoch == 0)
                        {
                            return Rates;
                        }

                        if (_step_count == 1)
                        {
                            return get_closed_form_lr();
                        }

                        if ((LastEpoch - 1 - _period) % (2 * _period) == 0)
                        {
                            return Rates.Zip(BaseRates, (rate, first) => rate + ((first - _minimum) * (1 - Math.Cos(Math.PI / _period)) / 2));
                        }

                        double ratio = (1 + Math.Cos(Math.PI * LastEpoch / _period)) / (1 + Math.Cos(Math.PI * (LastEpoch - 1) / _period));
                        return Rates.Select(rate => (ratio * (rate - _minimum)) + _minimum);
                    }

                    protected override IEnumerable<double> get_closed_form_lr()
                        => BaseRates.Select(first => _minimum + ((first - _minimum) * (1 + Math.Cos(Math.PI * LastEpoch / _period)) / 2));
                }
            }
        }
    }
}
