using Repro.Core.Optimization;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Dpo;

/// <summary>The update of a step on pairs, for offline and online DPO alike: it happens whole or not at all, and what a loss remembers goes with it.</summary>
internal static class PairUpdate
{
    /// <summary>Runs all parts of a batch and moves the parameters.</summary>
    /// <param name="optimizer">Holds the parameters.</param>
    /// <param name="loss">The loss of a pair.</param>
    /// <param name="step">From 0.</param>
    /// <param name="parts">How many parts there are.</param>
    /// <param name="backward">Adds the gradients of a part.</param>
    /// <param name="cancellation">Looked at between parts.</param>
    /// <returns>The norm of the gradient before clipping, and the numbers of all pairs.</returns>
    /// <exception cref="ReproException">A loss or the gradient is not finite; parameters, moments and what the loss remembers are as before.</exception>
    internal static (double GradientNorm, PairOutcome Outcome) Run(
        TrainingOptimizer optimizer, IPairLoss loss, long step, int parts, Func<int, PairOutcome> backward, CancellationToken cancellation)
    {
        var outcomes = new List<PairOutcome>();
        return Undoing(loss, always: false, () =>
        {
            var norm = GradientStep.Run(optimizer, step, () =>
            {
                for (var part = 0; part < parts; part++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var outcome = backward(part);
                    GradientStep.Finite(outcome.Losses.Sum(), step);
                    outcomes.Add(outcome);
                }
            });
            return (norm, PairOutcome.Join(outcomes));
        });
    }

    /// <summary>Looks at pairs without leaving anything in what a loss remembers.</summary>
    internal static T Look<T>(IPairLoss loss, Func<T> look) => Undoing(loss, always: true, look);

    private static T Undoing<T>(IPairLoss loss, bool always, Func<T> act)
    {
        if (loss is not IStateful memory)
        {
            return act();
        }

        var before = memory.StateValues();
        var done = false;
        try
        {
            var result = act();
            done = true;
            return result;
        }
        finally
        {
            if (always || !done)
            {
                memory.RestoreValues(before);
            }
        }
    }
}
