namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>
            /// Sets the learning rate of every parameter group. The first rate is set when the scheduler is made;
            /// <see cref="step()"/> comes after the step of the optimiser.
            /// </summary>
            public abstract class LRScheduler
            {
                /// <summary>How often <see cref="step()"/> ran, the one at construction included.</summary>
                protected int _step_count;

                private readonly bool _verbose;

                /// <summary>For schedulers that drive other schedulers.</summary>
                protected LRScheduler()
                {
                    Optimizer = null!;
                }

                /// <param name="optimizer">Whose rates to set. Its present rates become the initial ones of its first scheduler, except on resumption.</param>
                /// <param name="last_epoch">The epoch to resume after; -1 starts.</param>
                /// <param name="verbose">Whether to print every change.</param>
                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    ArgumentNullException.ThrowIfNull(optimizer);
                    Optimizer = optimizer;
                    LastEpoch = last_epoch;
                    _verbose = verbose;
                    if (last_epoch == -1 && !optimizer.IsScheduled)
                {
                    foreach (ILearningRateController group in optimizer.ParamGroups)
                    {
                        group.InitialLearningRate = group.LearningRate;
                    }
                }

                optimizer.IsScheduled = true;
                BaseRates = optimizer.ParamGroups.Select(group => group.InitialLearningRate).ToArray();
                    LastRates = Rates;
                }

                internal Optimizer Optimizer { get; private protected set; }

                /// <summary>The epoch whose rate is in force, from 0.</summary>
                internal int LastEpoch { get; set; }

                private protected double[] BaseRates { get; init; } = [];

                private protected double[] LastRates { get; set; } = [];

                /// <summary>The rates in force.</summary>
                private protected double[] Rates => Optimizer.ParamGroups.Select(group => group.LearningRate).ToArray();

                /// <summary>The rates that the last step set, one for each group.</summary>
                public IEnumerable<double> get_last_lr() => LastRates;

                /// <summary>Goes on to the next epoch.</summary>
                public virtual void step() => step(null);

                /// <summary>Goes to an epoch; null goes on to the next.</summary>
                public virtual void step(int? epoch)
                {
                    _step_count++;
                    double[] rates;
                    if (epoch is int chosen)
                    {
                        LastEpoch = chosen;
                        rates = get_closed_form_lr().ToArray();
                    }
                    else
                    {
                        LastEpoch++;
                        rates = get_lr().ToArray();
                    }

                    Set(rates);
                }

                /// <summary>Goes on with a measured value, which only <see cref="impl.ReduceLROnPlateau"/> looks at.</summary>
                public virtual void step(double current, int? epoch = null) => step(epoch);

                /// <summary>The rates of this epoch from those of the epoch before.</summary>
                protected virtual IEnumerable<double> get_lr() => Rates;

                /// <summary>The rates of this epoch from the initial ones.</summary>
                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();

                /// <summary>Takes the step at construction again, which others have overwritten.</summary>
                internal void Restart()
                {
                    LastEpoch = -1;
                    _step_count = 0;
                    step();
                }

                private protected void Set(double[] rates)
                {
                    int i = 0;
                    foreach (ILearningRateController group in Optimizer.ParamGroups)
                    {
                        if (_verbose && group.LearningRate != rates[i])
                        {
                            Console.WriteLine($"Learning rate of group {i}: {rates[i]}");
                        }

                        group.LearningRate = rates[i++];
                    }

                    LastRates = rates;
                }

                private protected IEnumerable<double> Scaled(double factor) => Rates.Select(rate => rate * factor);

                private protected IEnumerable<double> ScaledBase(double factor) => BaseRates.Select(rate => rate * factor);
            }
        }
    }
}
