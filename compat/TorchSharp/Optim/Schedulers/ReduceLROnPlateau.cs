namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Multiplies the rate by a factor when a measured value has stopped improving.</summary>
                public class ReduceLROnPlateau : LRScheduler
                {
                    private readonly bool _minimise;
                    private readonly double _factor;
                    private readonly int _patience;
                    private readonly double _threshold;
                    private readonly bool _relative;
                    private readonly int _cooldown;
                    private readonly double[] _minima;
                    private readonly double _eps;
                    private double _best;
                    private int _badEpochs;
                    private int _cooling;

                    /// <param name="optimizer">Whose rates to set.</param>
                    /// <param name="mode">"min" or "max": which values are better.</param>
                    /// <param name="factor">What the rate is multiplied by, below 1.</param>
                    /// <param name="patience">How many epochs without improvement are borne.</param>
                    /// <param name="threshold">What counts as an improvement.</param>
                    /// <param name="threshold_mode">"rel": the threshold is a fraction of the best value; "abs": a difference.</param>
                    /// <param name="cooldown">Epochs after a reduction that do not count.</param>
                    /// <param name="min_lr">Lower bounds, one for each group or one for all; 0 if null.</param>
                    /// <param name="eps">Smaller changes of the rate are left out.</param>
                    /// <param name="verbose">Whether to print every change.</param>
                    public ReduceLROnPlateau(
                        Optimizer optimizer,
                        string mode = "min",
                        double factor = 0.1,
                        int patience = 10,
                        double threshold = 1e-4,
                        string threshold_mode = "rel",
                        int cooldown = 0,
                        IList<double>? min_lr = null,
                        double eps = 1e-8,
                        bool verbose = false)
                        : base(optimizer, -1, verbose)
                    {
                        _minimise = mode switch
                        {
                            "min" => true,
                            "max" => false,
                            _ => throw new ArgumentException($"The mode is 'min' or 'max', got '{mode}'.", nameof(mode)),
                        };
                        _relative = threshold_mode switch
                        {
                            "rel" => true,
                            "abs" => false,
                            _ => throw new ArgumentException($"The threshold mode is 'rel' or 'abs', got '{threshold_mode}'.", nameof(threshold_mode)),
                        };
                        if (factor >= 1)
                        {
                            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor lies below 1.");
                        }

                        _factor = factor;
                        _patience = patience;
                        _threshold = threshold;
                        _cooldown = cooldown;
                        _minima = min_lr switch
                        {
                            null => new double[BaseRates.Length],
                            { Count: 1 } => Enumerable.Repeat(min_lr[0], BaseRates.Length).ToArray(),
                            _ when min_lr.Count == BaseRates.Length => [.. min_lr],
                            _ => throw new ArgumentException($"{BaseRates.Length} lower bounds are expected, got {min_lr.Count}.", nameof(min_lr)),
                        };
                        _eps = eps;
                        _best = _minimise ? double.PositiveInfinity : double.NegativeInfinity;
                        LastEpoch = 0;
                    }

                    /// <summary>Refused: the measured value is needed.</summary>
                    public override void step() => step(null);

                    /// <summary>Refused: the measured value is needed.</summary>
                    public override void step(int? epoch)
                        => throw new InvalidOperationException("This scheduler goes by a measured value: call step(value).");

                    /// <summary>Takes a measured value into account.</summary>
                    public override void step(double current, int? epoch = null)
                    {
                        _step_count++;
                        LastEpoch = epoch ?? LastEpoch + 1;
                        if (IsBetter(current))
                        {
                            _best = current;
                            _badEpochs = 0;
                        }
                        else
                        {
                            _badEpochs++;
                        }

                        if (_cooling > 0)
                        {
                            _cooling--;
                            _badEpochs = 0;
                        }

                        if (_badEpochs > _patience)
                        {
                            Set(Rates.Select((rate, i) =>
                            {
                                double reduced = Math.Max(rate * _factor, _minima[i]);
                                return rate - reduced > _eps ? reduced : rate;
                            }).ToArray());
                            _cooling = _cooldown;
                            _badEpochs = 0;
                        }

                        LastRates = Rates;
                    }

                    private bool IsBetter(double value)
                        => (_minimise, _relative) switch
                        {
                            (true, true) => value < _best * (1 - _threshold),
                            (true, false) => value < _best - _threshold,
                            (false, true) => value > _best * (1 + _threshold),
                            (false, false) => value > _best + _threshold,
                        };
                }
            }
        }
    }
}
