namespace Repro.Core.Training.Runs;

/// <summary>
/// Ends a run that diverges: a metric of <see cref="RunSettings.StopAbove"/> is above its limit, or the loss, the norm of the gradient or
/// the KL is not finite, for <see cref="RunSettings.StopAfter"/> steps in a row. A resumed run counts from 0 again.
/// </summary>
/// <param name="settings">The limits.</param>
internal sealed class DivergenceStop(RunSettings settings)
{
    private static readonly string[] AlwaysFinite = ["loss", "gradient_norm", "kl/mean"];

    private readonly Dictionary<string, int> _inARow = new(StringComparer.Ordinal);

    /// <summary>Takes the metrics of a step.</summary>
    /// <param name="step">From 1, as in the metrics.</param>
    /// <param name="metrics">Numbers by name.</param>
    /// <exception cref="ReproException">The run diverges, or a limit is set for a metric that the stage does not report.</exception>
    internal void Check(long step, IReadOnlyDictionary<string, double> metrics)
    {
        foreach (var name in settings.StopAbove.Keys.Union(AlwaysFinite, StringComparer.Ordinal))
        {
            double? limit = settings.StopAbove.TryGetValue(name, out var most) ? most : null;
            if (metrics.TryGetValue(name, out var value))
            {
                Count(step, name, value, limit);
            }
            else if (limit is not null)
            {
                throw new ReproException(
                    $"run.stop_above.{name}: this stage reports no metric '{name}'; it reports {string.Join(", ", metrics.Keys)}"
                    + Suggestion.For(name, metrics.Keys));
            }
        }
    }

    private void Count(long step, string name, double value, double? limit)
    {
        if (double.IsFinite(value) && !(value > limit))
        {
            _inARow[name] = 0;
            return;
        }

        var count = _inARow[name] = _inARow.GetValueOrDefault(name) + 1;
        if (count >= settings.StopAfter)
        {
            var fault = double.IsFinite(value) ? Invariant($"above {limit} (run.stop_above)") : "not finite";
            throw new ReproException(
                Invariant(
                    $"The run diverges: {name} was {fault} for {count} {InvariantText.Noun(count, "step")} in a row (run.stop_after), ")
                + Invariant($"{value:G6} at step {step}. What it computed since its last checkpoint is not kept."));
        }
    }
}
