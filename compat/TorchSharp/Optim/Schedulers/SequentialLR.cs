namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Steps one scheduler after the other: the next one starts at each milestone, from its epoch 0.</summary>
                public class SequentialLR : LRScheduler
                {
                    private readonly LRScheduler[] _schedulers;
                    private readonly int[] _milestones;

                    /// <exception cref="ArgumentException">There is not one milestone fewer than schedulers, or they belong to another optimiser.</exception>
                    public SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int last_epoch = -1)
                        : base(optimizer, last_epoch + 1)
                    {
                        _schedulers = schedulers.ToArray();
                        _milestones = milestones.ToArray();
                        if (_milestones.Length != _schedulers.Length - 1 || _schedulers.Any(scheduler => !ReferenceEquals(scheduler.Optimizer, optimizer)))
                        {
                            throw new ArgumentException($"All schedulers have to be the optimiser's, and {_schedulers.Length - 1} milestones are expected, got {_milestones.Length}.", nameof(milestones));
                        }

                        // Every scheduler set the rates when it was made: only the first one's choice stands.
                        foreach (ILearningRateController group in optimizer.ParamGroups)
                        {
                            group.LearningRate = group.InitialLearningRate;
                        }

                        foreach (LRScheduler scheduler in _schedulers)
                        {
                            scheduler.LastEpoch--;
                        }

                        _schedulers[0].Restart();
                        LastRates = Rates;
                    }

                    public override void step(int? epoch)
                    {
                        if (epoch is not null)
                        {
                            throw new ArgumentException("A sequence of schedulers goes one epoch at a time.", nameof(epoch));
                        }

                        _step_count++;
                        LastEpoch++;
                        int current = _milestones.Count(milestone => milestone <= LastEpoch);
                        if (current > 0 && _milestones[current - 1] == LastEpoch)
                        {
                            _schedulers[current].step((int?)0);
                        }
                        else
                        {
                            _schedulers[current].step();
                        }

                        LastRates = Rates;
                    }

                    protected override IEnumerable<double> get_lr() => Rates;
                }
            }
        }
    }
}
