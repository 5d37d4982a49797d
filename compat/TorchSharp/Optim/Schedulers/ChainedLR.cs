namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Steps several schedulers together; each works on what the one before it left.</summary>
                public class ChainedLR : LRScheduler
                {
                    private readonly LRScheduler[] _schedulers;

                    /// <exception cref="ArgumentException">No scheduler is given, or they belong to different optimisers.</exception>
                    public ChainedLR(IEnumerable<LRScheduler> schedulers)
                    {
                        _schedulers = schedulers.ToArray();
                        if (_schedulers.Length == 0 || _schedulers.Any(scheduler => !ReferenceEquals(scheduler.Optimizer, _schedulers[0].Optimizer)))
                        {
                            throw new ArgumentException("At least one scheduler is expected, and all of one optimiser.", nameof(schedulers));
                        }

                        Optimizer = _schedulers[0].Optimizer;
                        LastRates = Rates;
                    }

                    public override void step()
                    {
                        foreach (LRScheduler scheduler in _schedulers)
                        {
                            scheduler.step();
                        }

                        LastRates = Rates;
                    }
                }
            }
        }
    }
}
