namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>
                /// One cycle: the rate rises from max_lr / div_factor to max_lr and falls to the initial rate / final_div_factor,
                /// momentum (or the first decay rate) goes the other way.
                /// </summary>
                public class OneCycleLR : LRScheduler
                {
                    private readonly double[] _initial;
                    private readonly double[] _maximal;
                    private readonly double[] _minimal;
                    private readonly double[]? _baseMomenta;
                    private readonly double[]? _maximalMomenta;
                    private readonly (double End, Level From, Level To)[] _phases;
                    private readonly AnnealStrategy _strategy;
                    private readonly int _totalSteps;

                    public OneCycleLR(
                        Optimizer optimizer,
                        double max_lr,
                        int total_steps = -1,
                        int epochs = -1,
                        int steps_per_epoch = -1,
                        double pct_start = 0.3,
                        AnnealStrategy anneal_strategy = AnnealStrategy.Cos,
                        bool cycle_momentum = true,
                        double base_momentum = 0.85,
                        double max_momentum = 0.95,
                        double div_factor = 25,
                        double final_div_factor = 1e4,
                        bool three_phase = false,
                        int last_epoch = -1,
                        bool verbose = false)
                        : this(
                            optimizer, [max_lr], total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum,
                            [base_momentum], [max_momentum], div_factor, final_div_factor, three_phase, last_epoch, verbose)
                    {
                    }

                    /// <summary>One value for each group, or one for all.</summary>
                    /// <exception cref="ArgumentException">The number of steps is not given, or a list does not fit the groups.</exception>
                    public OneCycleLR(
                        Optimizer optimizer,
                        IEnumerable<double> max_lr,
                        int total_steps = -1,
                        int epochs = -1,
                        int steps_per_epoch = -1,
                        double pct_start = 0.3,
                        AnnealStrategy anneal_strategy = AnnealStrategy.Cos,
                        bool cycle_momentum = true,
                        IEnumerable<double>? base_momentum = null,
                        IEnumerable<double>? max_momentum = null,
                        double div_factor = 25,
                        double final_div_factor = 1e4,
                        bool three_phase = false,
                        int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _totalSteps = total_steps > 0 ? total_steps : epochs > 0 && steps_per_epoch > 0
                            ? epochs * steps_per_epoch
                            : throw new ArgumentException("Either total_steps or epochs and steps_per_epoch have to be given.", nameof(total_steps));
                        _strategy = anneal_strategy;
                        _maximal = PerGroup(max_lr, nameof(max_lr));
                        _initial = Array.ConvertAll(_maximal, rate => rate / div_factor);
                        _minimal = Array.ConvertAll(_initial, rate => rate / final_div_factor);
                        double up = (pct_start * _totalSteps) - 1;
                        _phases = three_phase
                            ? [(up, Level.Initial, Level.Maximal), ((2 * pct_start * _totalSteps) - 2, Level.Maximal, Level.Initial), (_totalSteps - 1, Level.Initial, Level.Minimal)]
                            : [(up, Level.Initial, Level.Maximal), (_totalSteps - 1, Level.Maximal, Level.Minimal)];
                        if (cycle_momentum)
                        {
                            _baseMomenta = PerGroup(base_momentum ?? [0.85], nameof(base_momentum));
                            _maximalMomenta = PerGroup(max_momentum ?? [0.95], nameof(max_momentum));
                        }

                        if (last_epoch == -1)
                        {
                            foreach ((ILearningRateController group, double rate) in optimizer.ParamGroups.Zip(_initial))
                            {
                                group.InitialLearningRate = rate;
                            }
                        }

                        step();
                    }

                    /// <summary>The curve between two levels.</summary>
                    public enum AnnealStrategy
                    {
                        Cos = 0,
                        Linear = 1,
                    }

                    private enum Level
                    {
                        Initial,
                        Maximal,
                        Minimal,
                    }

                    /// <exception cref="InvalidOperationException">The cycle is over.</exception>
                    protected override IEnumerable<double> get_lr()
                    {
                        if (LastEpoch > _totalSteps)
                        {
                            throw new InvalidOperationException($"The cycle has {_totalSteps} steps, this would be step {LastEpoch + 1}.");
                        }

                        double start = 0;
                        int phase = 0;
                        while (phase < _phases.Length - 1 && LastEpoch > _phases[phase].End)
                        {
                            start = _phases[phase++].End;
                        }

                        (double end, Level from, Level to) = _phases[phase];
                        double progress = (LastEpoch - start) / (end - start);
                        SetMomenta(from, to, progress);
                        return Enumerable.Range(0, _maximal.Length).Select(i => Between(Rate(from, i), Rate(to, i), progress)).ToArray();
                    }

                    private double Rate(Level level, int group)
                        => level switch
                        {
                            Level.Initial => _initial[group],
                            Level.Maximal => _maximal[group],
                            _ => _minimal[group],
                        };

                    // Momentum is high while the rate is low.
                    private void SetMomenta(Level from, Level to, double progress)
                    {
                        if (_baseMomenta is null || _maximalMomenta is null)
                        {
                            return;
                        }

                        int i = 0;
                        foreach (ILearningRateController group in Optimizer.ParamGroups)
                        {
                            double value = Between(
                                from == Level.Maximal ? _baseMomenta[i] : _maximalMomenta[i], to == Level.Maximal ? _baseMomenta[i] : _maximalMomenta[i], progress);
                            switch (group)
                            {
                                case IMomentum momentum:
                                    momentum.Momentum = value;
                                    break;
                                case IBetas betas:
                                    betas.Betas = (value, betas.Betas.Item2);
                                    break;
                            }

                            i++;
                        }
                    }

                    private double Between(double from, double to, double progress)
                        => _strategy == AnnealStrategy.Linear
                            ? from + ((to - from) * progress)
                            : to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * progress)));

                    private double[] PerGroup(IEnumerable<double> values, string what)
                    {
                        double[] list = values.ToArray();
                        return list.Length == BaseRates.Length ? list
                            : list.Length == 1 ? Enumerable.Repeat(list[0], BaseRates.Length).ToArray()
                            : throw new ArgumentException($"{BaseRates.Length} values are expected, one for each group, got {list.Length}.", what);
                    }
                }
            }
        }
    }
}
