using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>
/// Statistics of few runs on several tasks, as in rliable (Agarwal et al. 2021): the same method trained with several seeds, each measured
/// on the same tasks. All scores are [runs, tasks], higher is better, normalised by the caller so that tasks can be compared.
/// </summary>
public static class SeedScores
{
    /// <summary>Interquartile mean: the mean of all scores without the lowest and the highest quarter (each rounded down).</summary>
    /// <param name="scores">[runs, tasks], at least one finite score.</param>
    /// <exception cref="ArgumentException">No score, or one that is not finite.</exception>
    public static double InterquartileMean(double[,] scores)
    {
        var all = Flat(scores, nameof(scores));
        Array.Sort(all);
        var cut = all.Length / 4;
        return Descriptive.MeanOf(all.AsSpan(cut, all.Length - (2 * cut)));
    }

    /// <summary>Probability that a run of the first method beats one of the second on a task drawn at random; a tie counts half.</summary>
    /// <param name="first">[runs, tasks].</param>
    /// <param name="second">[runs, tasks] with as many tasks; the number of runs may differ.</param>
    /// <exception cref="ArgumentException">No score, one that is not finite, or different numbers of tasks.</exception>
    public static double ProbabilityOfImprovement(double[,] first, double[,] second)
    {
        _ = Flat(first, nameof(first));
        _ = Flat(second, nameof(second));
        var tasks = first.GetLength(1);
        Checks.SameLength(tasks, second.GetLength(1), "tasks of first", "tasks of second");
        var (m, n) = (first.GetLength(0), second.GetLength(0));
        var sum = 0.0;
        for (var task = 0; task < tasks; task++)
        {
            var wins = 0.0;
            for (var i = 0; i < m; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    wins += (1 + first[i, task].CompareTo(second[j, task])) / 2.0;
                }
            }

            sum += wins / ((double)m * n);
        }

        return sum / tasks;
    }

    /// <summary>Performance profile: for each threshold the share of runs on tasks whose score is above it.</summary>
    /// <param name="scores">[runs, tasks].</param>
    /// <param name="thresholds">Thresholds, in any order.</param>
    /// <returns>One share for each threshold, falling where thresholds rise.</returns>
    /// <exception cref="ArgumentException">No score, or one that is not finite.</exception>
    public static double[] PerformanceProfile(double[,] scores, IReadOnlyList<double> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        var all = Flat(scores, nameof(scores));
        return [.. thresholds.Select(threshold => (double)all.Count(score => score > threshold) / all.Length)];
    }

    /// <summary>Stratified bootstrap: the runs of each task are drawn with replacement, the tasks stay; percentile interval.</summary>
    /// <param name="scores">[runs, tasks].</param>
    /// <param name="statistic">Of scores [runs, tasks]; must return a finite value. The array is reused.</param>
    /// <param name="resamples">Number of resamples, at least 1; 2,000 or more are usual.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <param name="cancellation">Checked before each resample.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or the statistic was not finite for some resample.</exception>
    public static Interval StratifiedInterval(
        double[,] scores,
        Func<double[,], double> statistic,
        int resamples,
        ulong seed,
        double level = 0.95,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        return StratifiedInterval([scores], drawn => statistic(drawn[0]), resamples, seed, level, cancellation);
    }

    /// <summary>As the first form, for a statistic of several methods, each drawn by itself.</summary>
    /// <param name="methods">[runs, tasks] of each method.</param>
    /// <param name="statistic">Of the scores of all methods; must return a finite value. The arrays are reused.</param>
    /// <param name="resamples">Number of resamples, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <param name="cancellation">Checked before each resample.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or the statistic was not finite for some resample.</exception>
    public static Interval StratifiedInterval(
        IReadOnlyList<double[,]> methods,
        Func<IReadOnlyList<double[,]>, double> statistic,
        int resamples,
        ulong seed,
        double level = 0.95,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(methods);
        ArgumentNullException.ThrowIfNull(statistic);
        Checks.AtLeast(methods.Count, 1, nameof(methods));
        Checks.AtLeast(resamples, 1);
        Checks.OpenUnit(level);
        for (var i = 0; i < methods.Count; i++)
        {
            _ = Flat(methods[i], Invariant($"methods[{i}]"));
        }

        var random = new Xoshiro256(seed);
        var drawn = methods.Select(scores => new double[scores.GetLength(0), scores.GetLength(1)]).ToList();
        var results = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < methods.Count; i++)
            {
                Draw(methods[i], drawn[i], random);
            }

            results[r] = statistic(drawn);
            if (!double.IsFinite(results[r]))
            {
                throw new ArgumentException(Invariant($"statistic must be finite, was {results[r]} for resample {r}."), nameof(statistic));
            }
        }

        Array.Sort(results);
        var tail = (1 - level) / 2;
        return new Interval(Descriptive.QuantileOfSorted(results, tail), Descriptive.QuantileOfSorted(results, 1 - tail));
    }

    private static void Draw(double[,] scores, double[,] drawn, Xoshiro256 random)
    {
        var (runs, tasks) = (scores.GetLength(0), scores.GetLength(1));
        for (var task = 0; task < tasks; task++)
        {
            for (var run = 0; run < runs; run++)
            {
                drawn[run, task] = scores[random.NextInt32(runs), task];
            }
        }
    }

    private static double[] Flat(double[,] scores, string name)
    {
        ArgumentNullException.ThrowIfNull(scores, name);
        double[] all = [.. scores.Cast<double>()];
        Checks.Values(all, name);
        return all;
    }
}
